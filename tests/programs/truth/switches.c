/* switch with a jump table, fall-through, and goto out of nested loops. */
enum token { NUMBER, PLUS, MINUS, TIMES, OVER, END };

__attribute__((noinline)) static int evaluate(const enum token *tokens, const int *values)
{
    int result = values[0];
    int at = 1;
    for (;;) {
        int operand = values[at];
        switch (tokens[at]) {
        case PLUS:
            result += operand;
            break;
        case MINUS:
            operand = -operand;
            result += operand;
            break;
        case TIMES:
            result *= operand;
            break;
        case OVER:
            if (operand == 0)
                goto failed;
            result /= operand;
            break;
        case NUMBER:
        case END:
            goto done;
        }
        at++;
    }
failed:
    result = -1;
done:
    return result;
}

__attribute__((noinline)) static int search(int wanted)
{
    int i, j = 0;
    for (i = 0; i < 5; i++)
        for (j = 0; j < 5; j++)
            if (i * j == wanted)
                goto found;
    return -1;
found:
    return i * 10 + j;
}

int main(void)
{
    enum token tokens[6] = {NUMBER, PLUS, TIMES, MINUS, OVER, END};
    int values[6] = {4, 6, 3, 2, 7, 0};
    int result = evaluate(tokens, values);
    int place = search(12);
    return result + place - 38;
}
