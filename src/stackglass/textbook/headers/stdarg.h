#ifndef __TEXTBOOK_STDARG_H
#define __TEXTBOOK_STDARG_H
typedef char *va_list;
#define va_start(list, last) ((list) = __builtin_variable_arguments)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_copy(to, from) ((to) = (from))
#define va_end(list) ((void)0)
#define __builtin_va_start va_start
#define __builtin_va_end va_end
#define __builtin_va_list va_list
#endif
