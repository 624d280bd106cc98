// Classes with bases, methods, static members, constructors and destructors, operators.
namespace geometry {

class Vector {
  public:
    Vector(double x, double y) : x_(x), y_(y) { ++made; }
    ~Vector() { --made; }
    Vector operator+(const Vector &other) const
    {
        double x = x_ + other.x_;
        double y = y_ + other.y_;
        return Vector(x, y);
    }
    double dot(const Vector &other) const;
    static int made;

  private:
    double x_;
    double y_;
};

int Vector::made = 0;

__attribute__((noinline)) double Vector::dot(const Vector &other) const
{
    double product = x_ * other.x_;
    product += y_ * other.y_;
    return product;
}

} // namespace geometry

int main()
{
    geometry::Vector a(1, 2);
    geometry::Vector b(3, 4);
    {
        geometry::Vector sum = a + b;
        double product = sum.dot(b);
        if (product < 0)
            return 1;
    }
    return geometry::Vector::made - 2;
}
