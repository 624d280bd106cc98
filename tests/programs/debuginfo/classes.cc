// C++: namespaces, classes, constructors, templates, lambdas, references, overloads, operators.
#include <cstdio>
#include <string>
#include <vector>

namespace shapes {

enum class Colour : unsigned char { red = 1, green, blue };
enum Plain { small, large = 7 };

struct Point {
    int x = 0, y = 0;
    Point() = default;
    Point(int x, int y) : x(x), y(y) {}
    Point operator+(const Point &other) const { return Point(x + other.x, y + other.y); }
    bool operator<(const Point &other) const { return x < other.x; }
    static int made;
    static constexpr int limit = 12;
};

int Point::made = 3;

class Shape {
public:
    explicit Shape(Colour colour) : colour_(colour) { number_ = ++count_; }
    virtual ~Shape() {}
    virtual double area() const = 0;
    int number() const { return number_; }

protected:
    Colour colour_;
    int number_;
    static int count_;
};

int Shape::count_ = 0;

class Square : public Shape {
public:
    Square(double side, Colour colour) : Shape(colour), side_(side) {}
    double area() const override { return side_ * side_; }

private:
    double side_;
};

namespace {
int hidden(int n) { return n + 1; }
}

namespace inner {
int overloaded(int n) { return n; }
int overloaded(double n) { return (int)n; }
}

}  // namespace shapes

template <typename T, int N> class Stack {
public:
    void push(const T &item) { items_[count_++] = item; }
    T pop() { return items_[--count_]; }
    bool empty() const { return count_ == 0; }

private:
    T items_[N];
    int count_ = 0;
};

template <typename T> T biggest(T a, T b) { return a < b ? b : a; }

struct Base1 { int one = 1; };
struct Base2 { int two = 2; };
struct Both : Base1, Base2 {
    int three = 3;
    union { int as_int; float as_float; };
    struct { int nested; } inside;
    Both() : as_int(4), inside{5} {}
    int sum() { return one + two + three; }
};

int by_reference(int &left, const std::string &text, shapes::Point &&moved, int (&array)[3])
{
    left += (int)text.size() + moved.x + array[1];
    int *pointer = &left;
    return *pointer;
}

int main()
{
    shapes::Point a(1, 2), b{3, 4};
    shapes::Point c = a + b;
    shapes::Square square(2.0, shapes::Colour::green);
    const shapes::Shape &shape = square;
    Stack<int, 4> numbers;
    Stack<shapes::Point, 2> points;
    numbers.push(c.x);
    points.push(c);
    Both both;
    int array[3] = {1, 2, 3};
    int n = by_reference(array[0], "text", shapes::Point(7, 8), array);
    auto lambda = [&n, a](int more) { return n + more + a.x; };
    int (*function)(int) = shapes::inner::overloaded;
    int shapes::Point::*member = &shapes::Point::y;
    double (shapes::Shape::*method)() const = &shapes::Shape::area;
    std::vector<int> list{1, 2, 3};
    for (auto &item : list)
        n += item;
    try {
        if (n > 3)
            throw shapes::Point(n, n);
    } catch (const shapes::Point &caught) {
        n += caught.x;
    }
    n += biggest(1, 2) + (int)biggest(1.5, 2.5) + lambda(2) + function(1) + c.*member + (int)(shape.*method)();
    n += numbers.pop() + points.pop().x + both.sum() + shapes::hidden(1) + shapes::inner::overloaded(2.5);
    std::printf("%d %d\n", n, shape.number());
    return 0;
}
