// Scoped enums, bool, nullptr, a namespace inside an anonymous one, overloads.
enum class Mode : unsigned char { idle, busy = 7, failed = 255 };
enum Flags : unsigned { NONE = 0, READ = 1, WRITE = 2, RUN = 4 };

namespace {
namespace inner {
__attribute__((noinline)) int weight(Mode mode)
{
    int base = static_cast<int>(mode);
    return base * 2;
}
__attribute__((noinline)) int weight(bool on, Flags flags)
{
    int base = on ? 10 : 0;
    return base + flags;
}
} // namespace inner
} // namespace

int main()
{
    Mode mode = Mode::busy;
    Flags flags = static_cast<Flags>(READ | RUN);
    bool on = mode != Mode::idle;
    const void *nothing = nullptr;
    decltype(nullptr) null = nullptr;
    int first = inner::weight(mode);
    int second = inner::weight(on, flags);
    return first + second - 29 + (nothing != null);
}
