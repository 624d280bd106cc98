// C++ objects on the stack: a vector's three pointers are in the frame, its elements on the heap. A reference is an
// address.
//
//   stackglass show --at Account::total:return examples/vector.cpp
//
// expect-stack: Account::total report main
// expect-output: ada has 60
#include <iostream>
#include <string>
#include <vector>

class Account {
  public:
    explicit Account(std::string owner) : owner_(std::move(owner)) {}
    void deposit(int amount) { deposits_.push_back(amount); }
    const std::string &owner() const { return owner_; }
    int total() const;

  private:
    std::string owner_;
    std::vector<int> deposits_;
};

int Account::total() const {
    int sum = 0;
    for (int amount : deposits_)
        sum += amount;
    return sum;
}

static void report(const Account &account) {
    int total = account.total();
    std::cout << account.owner() << " has " << total << '\n';
}

int main() {
    Account account("ada");
    for (int amount = 10; amount <= 30; amount += 10)
        account.deposit(amount);
    report(account);
    return 0;
}
