// Containers and algorithms: vector, string, map, unordered_map, set, deque, function, virtual calls.
// flags: -O2
#include <algorithm>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
};
struct Square : Shape {
    double side;
    explicit Square(double given) : side(given) {}
    double area() const override { return side * side; }
};
struct Circle : Shape {
    double radius;
    explicit Circle(double given) : radius(given) {}
    double area() const override { return 3 * radius * radius; }
};

int main()
{
    std::vector<int> numbers(1000);
    std::iota(numbers.begin(), numbers.end(), 1);
    std::reverse(numbers.begin(), numbers.end());
    std::sort(numbers.begin(), numbers.end(), [](int a, int b) { return a % 7 != b % 7 ? a % 7 < b % 7 : a < b; });
    std::cout << numbers[0] << ' ' << numbers[500] << ' ' << std::accumulate(numbers.begin(), numbers.end(), 0L) << '\n';
    std::map<std::string, int> counts;
    for (const char *word : {"to", "be", "or", "not", "to", "be"})
        counts[word]++;
    for (const auto &[word, count] : counts)
        std::cout << word << '=' << count << ' ';
    std::unordered_map<int, std::string> names;
    for (int i = 0; i < 1000; i++)
        names[i * 37] = std::to_string(i);
    std::set<long> squares;
    for (long i = -20; i <= 20; i++)
        squares.insert(i * i);
    std::deque<int> queue;
    for (int i = 0; i < 100; i++)
        i % 3 ? queue.push_back(i) : queue.push_front(i);
    std::cout << names[370] << ' ' << squares.size() << ' ' << queue.front() << ' ' << queue.back() << '\n';
    std::vector<std::unique_ptr<Shape>> shapes;
    shapes.push_back(std::make_unique<Square>(2.5));
    shapes.push_back(std::make_unique<Circle>(2));
    std::function<double(double, const std::unique_ptr<Shape> &)> add = [](double sum, const auto &shape) {
        return sum + shape->area();
    };
    std::cout << std::accumulate(shapes.begin(), shapes.end(), 0.0, add) << '\n';
    return 0;
}
