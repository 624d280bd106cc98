/* Quotient and remainder at once; the types are those of the program's stdlib.h. */

struct __textbook_div div(int number, int by)
{
    struct __textbook_div result;
    result.quot = number / by;
    result.rem = number % by;
    return result;
}

struct __textbook_ldiv ldiv(long number, long by)
{
    struct __textbook_ldiv result;
    result.quot = number / by;
    result.rem = number % by;
    return result;
}

struct __textbook_lldiv lldiv(long long number, long long by)
{
    struct __textbook_lldiv result;
    result.quot = number / by;
    result.rem = number % by;
    return result;
}
