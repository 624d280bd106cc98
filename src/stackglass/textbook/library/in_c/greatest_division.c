/* Quotient and remainder at once; the type is that of the program's inttypes.h. */

struct __textbook_imaxdiv imaxdiv(long long number, long long by)
{
    struct __textbook_imaxdiv result;
    result.quot = number / by;
    result.rem = number % by;
    return result;
}
