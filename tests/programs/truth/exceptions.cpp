// Exceptions through frames with destructors, caught by type, thrown again.
struct Trouble {
    int code;
};

static int open_guards = 0;

struct Guard {
    int id;
    explicit Guard(int i) : id(i) { open_guards += id; }
    ~Guard() { open_guards -= id; }
};

__attribute__((noinline)) int risky(int level)
{
    Guard guard(level);
    if (level == 3)
        throw Trouble{level * 10};
    return risky(level + 1) + guard.id;
}

__attribute__((noinline)) int careful(int start)
{
    int result = 0;
    try {
        result = risky(start);
    } catch (const Trouble &trouble) {
        result = trouble.code;
        if (start == 0)
            throw;
    }
    return result;
}

int main()
{
    int caught = careful(1);
    try {
        careful(0);
    } catch (Trouble trouble) {
        caught += trouble.code;
    }
    return caught - 60 + open_guards;
}
