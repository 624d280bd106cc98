/* What a small program does with its stack: structs by value, callbacks, variadic calls, arrays of computed size. */

#include <stddef.h>
#include <stdarg.h>

typedef struct { long long cents; short day; unsigned char kind : 3; unsigned char flag : 1; } Entry;
typedef struct { double rate; int terms[3]; } Plan;
typedef union { float f; unsigned u; char c[4]; } Word;
enum Kind { IN = 1, OUT, FEE };

static Entry book[6];
static int used;

static Entry make(long long cents, short day, enum Kind kind, int flag)
{
    Entry e = { .cents = cents, .day = day, .kind = kind, .flag = flag };
    return e;
}

static int by_day(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    int d = x->day - y->day;
    return d ? d : (x->cents > y->cents) - (x->cents < y->cents);
}

static void sort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    char *all = base, kept[size];
    for (size_t i = 1; i < n; i++) {
        size_t at = i;
        for (size_t k = 0; k < size; k++) kept[k] = all[i * size + k];
        while (at > 0 && compare(all + (at - 1) * size, kept) > 0) {
            for (size_t k = 0; k < size; k++) all[at * size + k] = all[(at - 1) * size + k];
            at--;
        }
        for (size_t k = 0; k < size; k++) all[at * size + k] = kept[k];
    }
}

static long long fold(Entry *list, int n, long long (*step)(long long, Entry, int), int seed)
{
    long long sum = seed;
    for (int i = 0; i < n; i++) {
        Entry copy = list[i];
        sum = step(sum, copy, i);
    }
    return sum;
}

static long long add_step(long long sum, Entry e, int at)
{
    long long signed_cents = e.kind == IN ? e.cents : -e.cents;
    if (e.flag) signed_cents -= at;
    return sum + signed_cents;
}

static double compound(Plan plan, int depth, float bonus)
{
    Word w;
    w.f = bonus;
    if (depth == 0) return w.u == 0 ? 1.0 : 1.0 + bonus;
    double below = compound(plan, depth - 1, bonus / 2);
    plan.terms[depth % 3] += depth;
    return below * (1.0 + plan.rate) + plan.terms[0];
}

static int note(char *out, size_t room, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = 0;
    for (; *format; format++) {
        long long value = *format == 'd' ? va_arg(ap, int) : *format == 'l' ? va_arg(ap, long long) : (int)va_arg(ap, double);
        char digits[24];
        int count = 0;
        unsigned long long left = value < 0 ? -(unsigned long long)value : (unsigned long long)value;
        do digits[count++] = (char)('0' + left % 10); while (left /= 10);
        while (count && n + 1 < (int)room) out[n++] = digits[--count];
    }
    out[n] = 0;
    va_end(ap);
    return n;
}

static unsigned histogram(int buckets)
{
    unsigned short counts[buckets];
    char label[2 * buckets + 1];
    for (int i = 0; i < buckets; i++) { counts[i] = 0; label[2 * i] = label[2 * i + 1] = '.'; }
    label[2 * buckets] = 0;
    for (int i = 0; i < used; i++) {
        int b = book[i].day % buckets;
        counts[b]++;
        label[2 * b] = (char)('0' + counts[b]);
    }
    unsigned hash = 17;
    for (int b = 0; b < buckets; b++) hash = hash * 31 + counts[b];
    return hash ^ (unsigned char)label[0];
}

static int many(int a, long long b, char c, double d, short e, unsigned f, long long g, int h, float i, Entry j)
{
    int total = a + (int)b + c + (int)d + e + (int)f + (int)g + h + (int)i + (int)j.cents;
    return total;
}

int main(void)
{
    char text[40];
    book[used++] = make(12050, 9, IN, 1);
    book[used++] = make(-300, 2, FEE, 0);
    book[used++] = make(99999999999LL, 30, OUT, 1);
    book[used++] = make(7, 2, IN, 0);
    sort(book, used, sizeof *book, by_day);
    long long sum = fold(book, used, add_step, 5);
    Plan plan = { 0.25, { 1, 2, 3 } };
    double grown = compound(plan, 3, 0.5f);
    int n = note(text, sizeof text, "dlf", used, sum, grown);
    unsigned hash = histogram(5);
    int all = many(1, 2, 'c', 4.5, 5, 6u, 7, 8, 9.5f, book[0]);
    return (int)(text[0] + n + hash + all) & 63;
}
