// SSE: vector types, memcpy and strings of every length and alignment, integer overflow, 128-bit integers.
// flags: -O2
#include <emmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef float four __attribute__((vector_size(16)));

int main(void)
{
    four a = {1, 2, 3, 4}, b = {0.5f, 0.25f, 0.125f, 0.0625f};
    four c = a * b + a / b;
    printf("%g %g %g %g\n", c[0], c[1], c[2], c[3]);
    __m128i words = _mm_set_epi16(7, 6, 5, 4, 3, 2, 1, 0);
    int16_t lanes[8];
    _mm_storeu_si128((__m128i *)lanes, _mm_madd_epi16(words, _mm_shuffle_epi32(words, 0x1b)));
    printf("%d %d %d\n", lanes[0], lanes[3], lanes[6]);
    static char from[4096], to[4096];
    unsigned sum = 0;
    for (unsigned i = 0; i < sizeof from; i++)
        from[i] = (char)(i * 7 + 1);
    for (unsigned size = 0; size < 300; size += 7)
        for (unsigned at = 0; at < 20; at += 3) {
            memset(to, 0xaa, sizeof to);
            memcpy(to + at, from + 2 * at + 1, size);
            memmove(to + at + 5, to + at, size);
            sum = sum * 31 + (unsigned char)to[at + size / 2] + (unsigned)strnlen(to, size);
        }
    printf("%u\n", sum);
    char text[200];
    memset(text, 'x', sizeof text);
    text[150] = 'y';
    text[199] = 0;
    printf("%zu %ld %ld %d\n", strlen(text), (long)(strchr(text, 'y') - text), (long)(strstr(text, "yx") - text),
           memcmp(text, text + 1, 149));
    unsigned __int128 big = (unsigned __int128)UINT64_MAX * 12345678901234567ull;
    printf("%llu %llu\n", (unsigned long long)(big >> 64), (unsigned long long)(big / 1000007));
    uint64_t hash = 14695981039346656037ull;
    for (const char *p = "hash me"; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211ull;
    printf("%llx %d %d\n", (unsigned long long)hash, __builtin_popcountll(hash), __builtin_ctzll(hash | 1ull << 40));
    return 0;
}
