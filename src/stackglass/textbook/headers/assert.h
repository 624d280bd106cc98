#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
void __assert_fail(const char *, const char *, unsigned, const char *);
#define assert(condition) ((condition) ? (void)0 : __assert_fail(#condition, __FILE__, __LINE__, __func__))
#endif
#ifndef __TEXTBOOK_ASSERT
#define __TEXTBOOK_ASSERT
#define static_assert _Static_assert
#endif
