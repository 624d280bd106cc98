// Time: the calendar by fixed moments and time zones; clocks that only go forward; sleep that takes its time.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    char text[100];
    time_t moments[] = {0, 86399, 951782400, 1704067200, 4102444800};
    for (int i = 0; i < 5; i++) {
        strftime(text, sizeof text, "%A %d %B %Y %H:%M:%S %j %U", gmtime(&moments[i]));
        puts(text);
    }
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    time_t summer = 1720000000;
    strftime(text, sizeof text, "%c %Z %z", localtime(&summer));
    puts(text);
    struct tm tm = {.tm_year = 124, .tm_mon = 13, .tm_mday = 32, .tm_isdst = -1};
    printf("%ld %d %d\n", (long)mktime(&tm), tm.tm_mon, tm.tm_wday);
    struct timespec before, after, pause = {2, 500};
    clock_gettime(CLOCK_MONOTONIC, &before);
    time_t start = time(NULL);
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    printf("%d %d\n", (int)(after.tv_sec - before.tv_sec), time(NULL) - start >= 2);
    struct timeval now;
    printf("%d %d\n", gettimeofday(&now, NULL), now.tv_sec >= start && now.tv_usec < 1000000);
    clock_t used = clock();
    for (volatile int i = 0; i < 100000; i++)
        ;
    printf("%d %d\n", used >= 0, clock() > used);
    struct tms times_used;
    printf("%d %ld\n", times(&times_used) != (clock_t)-1, sysconf(_SC_CLK_TCK));
    printf("%d\n", usleep(1000));
    return start < 1700000000;
}
