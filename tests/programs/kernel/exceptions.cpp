// C++ exceptions through several frames, with destructors on the way; types, rethrowing, function try blocks.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct Noisy {
    std::string name;
    explicit Noisy(std::string given) : name(std::move(given)) { std::printf("+%s ", name.c_str()); }
    ~Noisy() { std::printf("-%s ", name.c_str()); }
};

static int deep(int n)
{
    Noisy here("n" + std::to_string(n));
    if (n == 0)
        throw std::out_of_range("bottom");
    if (n == 2) {
        try {
            return deep(n - 1);
        } catch (const std::logic_error &error) {
            std::printf("[%s] ", error.what());
            throw;
        }
    }
    return deep(n - 1) + 1;
}

int main()
{
    try {
        deep(4);
    } catch (const std::exception &error) {
        std::printf("caught %s\n", error.what());
    }
    try {
        (void)std::vector<int>(3).at(7);
    } catch (...) {
        std::puts("caught something");
    }
    try {
        throw std::make_unique<int>(42);
    } catch (std::unique_ptr<int> &number) {
        std::printf("%d\n", *number);
    }
    try {
        std::string().substr(5);
    } catch (const std::out_of_range &) {
        std::puts("substr");
    }
    try {
        (void)new char[static_cast<std::size_t>(-1) / 4];
    } catch (const std::bad_alloc &) {
        std::puts("bad_alloc");
    }
    throw 7;
}
