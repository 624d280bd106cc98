"""The library's functions and their types, written short.

v void · i int · u unsigned · p pointer · s char * · c const char * · d double · l long · L long long · f (int (*)()) ·
. variable arguments. The first letter is the result. `float` versions of the mathematical functions take and give
float in C; here they are f-suffixed names with 'F'.
"""

from __future__ import annotations

from stackglass.textbook import types as t
from stackglass.textbook.types import CType, Function, Pointer

_COMPARE = Pointer(Function(t.INT, (t.VOID_POINTER, t.VOID_POINTER)))
_LETTERS: dict[str, CType] = {
    "v": t.VOID,
    "i": t.INT,
    "u": t.UINT,
    "p": t.VOID_POINTER,
    "s": t.CHAR_POINTER,
    "c": t.CHAR_POINTER,
    "d": t.DOUBLE,
    "F": t.FLOAT,
    "l": t.LONG,
    "k": t.ULONG,
    "L": t.LLONG,
    "U": t.ULLONG,
    "f": _COMPARE,
    "q": Pointer(t.CHAR_POINTER),
    "D": Pointer(t.DOUBLE),
    "I": Pointer(t.INT),
    "a": Pointer(Function(t.VOID, ())),
}

_MATH1 = (
    "acos asin atan cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 log log10 log2 log1p sqrt cbrt ceil "
    "floor fabs round trunc rint nearbyint tgamma lgamma erf erfc"
).split()
_MATH2 = "pow fmod atan2 hypot fmax fmin fdim copysign remainder nextafter".split()

SIGNATURES: dict[str, str] = {
    # stdio.h
    "printf": "ic.", "fprintf": "ipc.", "sprintf": "isc.", "snprintf": "isuc.", "vprintf": "ics", "vfprintf": "ipcs",
    "vsprintf": "iscs", "vsnprintf": "isucs", "puts": "ic", "fputs": "icp", "putchar": "ii", "putc": "iip",
    "fputc": "iip", "getchar": "i", "getc": "ip", "fgetc": "ip", "ungetc": "iip", "fgets": "ssip", "gets": "ss",
    "scanf": "ic.", "sscanf": "icc.", "fscanf": "ipc.", "fflush": "ip", "fwrite": "upuup", "fread": "upuup",
    "fclose": "ip", "feof": "ip", "ferror": "ip", "perror": "vc", "setbuf": "vps", "setvbuf": "ipsiu", "clearerr": "vp", "fileno": "ip",
    # stdlib.h
    "malloc": "pu", "calloc": "puu", "realloc": "ppu", "free": "vp", "exit": "vi", "_Exit": "vi", "abort": "v",
    "atoi": "ic", "atol": "lc", "atoll": "Lc", "atof": "dc", "strtol": "lcqi", "strtoul": "kcqi",
    "strtoll": "Lcqi", "strtoull": "Ucqi", "strtod": "dcq", "strtof": "Fcq", "rand": "i", "srand": "vu", "abs": "ii",
    "labs": "ll", "llabs": "LL", "getenv": "sc", "system": "ic", "qsort": "vpuuf", "bsearch": "pppuuf",
    # string.h
    "memcpy": "pppu", "memmove": "pppu", "memset": "ppiu", "memcmp": "ippu", "memchr": "ppiu", "strlen": "uc",
    "strnlen": "ucu", "strcpy": "ssc", "strncpy": "sscu", "strcat": "ssc", "strncat": "sscu", "strcmp": "icc",
    "strncmp": "iccu", "strcoll": "icc", "strchr": "sci", "strrchr": "sci", "strstr": "scc", "strspn": "ucc",
    "strcspn": "ucc", "strpbrk": "scc", "strtok": "ssc", "strtok_r": "sscq", "strdup": "sc", "strndup": "scu",
    "strerror": "si", "strcasecmp": "icc", "strncasecmp": "iccu", "stpcpy": "ssc", "bzero": "vpu",
    # ctype.h
    **{name: "ii" for name in (
        "isalnum", "isalpha", "isblank", "iscntrl", "isdigit", "isgraph", "islower", "isprint", "ispunct", "isspace",
        "isupper", "isxdigit", "tolower", "toupper", "isascii", "toascii",
    )},
    # math.h
    **{name: "dd" for name in _MATH1}, **{f"{name}f": "FF" for name in _MATH1},
    **{name: "ddd" for name in _MATH2}, **{f"{name}f": "FFF" for name in _MATH2},
    "ldexp": "ddi", "frexp": "ddI", "modf": "ddD", "fma": "dddd", "lround": "ld", "llround": "Ld", "lrint": "ld",
    "__isnan": "id", "__isinf": "id", "__isfinite": "id", "__signbit": "id",
    # time.h, assert.h, errno.h, unistd.h
    "time": "lp", "clock": "l", "difftime": "dll", "__assert_fail": "vccuc", "__errno_location": "I", "write": "iipu",
    "read": "iipu", "sleep": "uu", "usleep": "iu", "_exit": "vi",
    "__textbook_stream": "pi",
}


def signature(name: str) -> Function | None:
    """The type of a library function; None if the library has none of that name."""
    letters = SIGNATURES.get(name)
    if letters is None:
        return None
    variadic = letters.endswith(".")
    result, *parameters = letters.rstrip(".")
    return Function(_LETTERS[result], tuple(_LETTERS[one] for one in parameters), variadic)
