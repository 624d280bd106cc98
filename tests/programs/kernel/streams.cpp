// iostream, fstream, stringstream, locale facets; input by operators and by line.
// stdin: 3 4.5 hello world\nthe rest of it\n
// file data.txt: 10 20 30\n
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

int main()
{
    int number = 0;
    double real = 0;
    std::string word, line;
    std::cin >> number >> real >> word;
    std::getline(std::cin, line);
    std::cout << number << ' ' << real << ' ' << word << '|' << line << std::endl;
    while (std::getline(std::cin, line))
        std::cout << std::quoted(line) << '\n';
    std::cout << std::hex << std::showbase << 255 << std::dec << std::setw(8) << std::setfill('.') << 42 << std::fixed
              << std::setprecision(3) << 3.14159 << std::boolalpha << true << '\n';
    std::ifstream file("data.txt");
    int sum = 0;
    for (int value; file >> value;)
        sum += value;
    std::cout << sum << ' ' << std::ifstream("absent").is_open() << '\n';
    std::ofstream("out.txt") << "written " << sum;
    std::stringstream whole;
    whole << std::ifstream("out.txt").rdbuf();
    std::cout << whole.str() << '\n';
    std::cerr << "to standard error\n";
    return sum;
}
