/* Character arrays and pointers to strings, with unprintable characters, and an array of strings. */
#include <string.h>

__attribute__((noinline)) static int reverse(char *text)
{
    int low = 0;
    int high = (int)strlen(text) - 1;
    while (low < high) {
        char held = text[low];
        text[low++] = text[high];
        text[high--] = held;
    }
    return low;
}

__attribute__((noinline)) static int vowels(const char *text)
{
    int count = 0;
    for (const char *at = text; *at; at++)
        if (strchr("aeiou", *at))
            count++;
    return count;
}

int main(void)
{
    char greeting[16] = "hello, world";
    char odd[8] = "a\tb\"\x7f\n";
    const char *names[3] = {"one", "two \\ three", ""};
    int swapped = reverse(greeting);
    int count = vowels(names[1]);
    odd[0] = 'z';
    return swapped + count + odd[0] - 131;
}
