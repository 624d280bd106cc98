// As blocks.c, with C++'s operators. A constructor that throws gives its memory back.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <vector>

struct Thrower {
    char room[48];
    Thrower() { throw 1; }
};

int main() {
    setvbuf(stdout, nullptr, _IONBF, 0);
    int *one = new int(7);
    long *many = new long[10];
    std::vector<int> numbers(25);
    int *gone = new (std::nothrow) int[6];
    std::printf("live %p 4 operator new\n", static_cast<void *>(one));
    std::printf("live %p 80 operator new[]\n", static_cast<void *>(many));
    std::printf("live %p 100 operator new\n", static_cast<void *>(numbers.data()));
    std::printf("freed %p 24 operator new[]\n", static_cast<void *>(gone));
    std::fflush(stdout);
    delete[] gone;
    try {
        new Thrower;
    } catch (int) {
    }
    std::_Exit(0);
}
