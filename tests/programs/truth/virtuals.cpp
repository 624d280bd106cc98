// Virtual calls, an abstract base, multiple inheritance, a virtual destructor.
struct Named {
    const char *name;
    explicit Named(const char *n) : name(n) {}
    virtual ~Named() {}
    virtual int length() const
    {
        int count = 0;
        while (name[count])
            count++;
        return count;
    }
};

struct Shape {
    virtual double area() const = 0;
    virtual ~Shape() {}
    int sides = 0;
};

struct Rectangle : Named, Shape {
    int width, height;
    Rectangle(int w, int h) : Named("rectangle"), width(w), height(h) { sides = 4; }
    double area() const override
    {
        double product = width * height;
        return product;
    }
    int length() const override { return Named::length() + sides; }
};

__attribute__((noinline)) double total(const Shape *const *shapes, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += shapes[i]->area();
    return sum;
}

int main()
{
    Rectangle r(3, 4);
    const Shape *shapes[2] = {&r, &r};
    const Named &named = r;
    double sum = total(shapes, 2);
    int length = named.length();
    return sum > 24 || length != 13;
}
