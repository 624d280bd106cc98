// An exception leaves three calls of descend at once; on the way, each frame's local object is destroyed.
//
//   stackglass show --at 'descend#3' examples/exceptions.cpp
//   stackglass calls examples/exceptions.cpp
//
// expect-stack: descend descend descend main
// expect-output: leaving 3
// expect-output: leaving 2
// expect-output: leaving 1
// expect-output: caught: too deep
#include <cstdio>
#include <stdexcept>

struct Guard {
    int depth;
    ~Guard() { std::printf("leaving %d\n", depth); }
};

static void descend(int depth) {
    Guard guard{depth};
    if (depth == 3)
        throw std::runtime_error("too deep");
    descend(depth + 1);
}

int main() {
    try {
        descend(1);
    } catch (const std::exception &error) {
        std::printf("caught: %s\n", error.what());
    }
    return 0;
}
