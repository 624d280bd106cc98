/* Every integer width, char, bool, enums with negative and repeated values. */
#include <stdbool.h>
#include <stdint.h>

enum colour { RED, GREEN = 5, BLUE, LAST = BLUE };
enum signedness { MINUS = -1, ZERO, PLUS };
typedef uint32_t word;
typedef enum colour paint;

__attribute__((noinline)) static int64_t combine(int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, word f)
{
    int64_t wide = a;
    uint64_t mask = ~0ull;
    wide += b + c + d + e + f;
    mask >>= 60;
    return wide & (int64_t)mask;
}

__attribute__((noinline)) static bool is_warm(paint p, char initial, signed char s, unsigned char u)
{
    bool warm = p == RED;
    char next = (char)(initial + 1);
    warm = warm || next == 'c';
    warm = warm && s < 0 && u > 200;
    return warm;
}

int main(void)
{
    volatile enum signedness sign = MINUS;
    paint p = GREEN;
    unsigned long long big = 18446744073709551615ull;
    int64_t wide = combine(-128, 255, -32768, 65535, -2147483647, 4294967295u);
    bool warm = is_warm(p, 'b', -3, 250);
    bool cold = is_warm(LAST, '\n', 0, 0);
    return (int)(wide + warm + cold + sign + (long)(big >> 63)) & 0;
}
