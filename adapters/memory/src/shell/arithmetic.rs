//! `$((…))`: integers with `+ - * / %`, comparisons, `&& || !` and parentheses.

use super::parser::DEPTH;

/// Computes an expression; `value` tells what a variable holds.
pub(super) fn evaluate(expression: &str, value: &dyn Fn(&str) -> String) -> Result<i64, String> {
    let mut parser = Parser { rest: expression, value, depth: 0 };
    let result = parser.binary(0)?;
    parser.skip();
    if parser.rest.is_empty() { Ok(result) } else { Err(syntax()) }
}

/// Operators from the loosest to the tightest; longer ones first where one begins like another.
const LEVELS: [&[&str]; 6] = [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

fn syntax() -> String {
    "arithmetic syntax error".to_owned()
}

struct Parser<'a> {
    rest: &'a str,
    value: &'a dyn Fn(&str) -> String,
    depth: usize,
}

impl Parser<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.skip();
            let Some(operator) = operators.iter().find(|operator| self.rest.starts_with(**operator)) else { return Ok(left) };
            self.rest = &self.rest[operator.len()..];
            let right = self.binary(level + 1)?;
            left = apply(operator, left, right)?;
        }
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.skip();
        if self.depth >= DEPTH {
            return Err("too deeply nested".to_owned());
        }
        let Some(first) = self.rest.chars().next() else { return Err(syntax()) };
        let rest = &self.rest[first.len_utf8()..];
        match first {
            '-' | '+' | '!' | '(' => {
                self.rest = rest;
                self.depth += 1;
                let inner = if first == '(' { self.binary(0) } else { self.unary() };
                self.depth -= 1;
                let inner = inner?;
                match first {
                    '-' => Ok(inner.wrapping_neg()),
                    '!' => Ok(i64::from(inner == 0)),
                    '(' => {
                        self.skip();
                        self.rest = self.rest.strip_prefix(')').ok_or_else(syntax)?;
                        Ok(inner)
                    }
                    _ => Ok(inner),
                }
            }
            '0'..='9' => {
                let digits = self.take(|c| c.is_ascii_digit());
                digits.parse().map_err(|_| syntax())
            }
            '$' | '_' | 'a'..='z' | 'A'..='Z' => {
                self.rest = self.rest.strip_prefix('$').unwrap_or(self.rest);
                let braced = self.rest.strip_prefix('{');
                self.rest = braced.unwrap_or(self.rest);
                let name = match self.rest.chars().next() {
                    Some(special @ ('?' | '#' | '$')) => {
                        self.rest = &self.rest[1..];
                        special.to_string()
                    }
                    _ => self.take(|c| c.is_ascii_alphanumeric() || c == '_').to_owned(),
                };
                if braced.is_some() {
                    self.rest = self.rest.strip_prefix('}').ok_or_else(syntax)?;
                }
                match (self.value)(&name).trim() {
                    "" => Ok(0),
                    text => text.parse().map_err(|_| syntax()),
                }
            }
            _ => Err(syntax()),
        }
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Result<i64, String> {
    Ok(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" | "%" if right == 0 => return Err("divide by zero".to_owned()),
        "/" => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expected: Result<i64, &str>) {
        let value = |name: &str| if name == "n" { "5".to_owned() } else { String::new() };
        assert_eq!(evaluate(expression, &value), expected.map_err(str::to_owned), "{expression}");
    }

    #[test]
    fn computes() {
        check("1 + 2 * 3", Ok(7));
        check("(1+2)*3 - -1", Ok(10));
        check("n + 1", Ok(6));
        check("$n % 3 + ${n}", Ok(7));
        check("unset", Ok(0));
        check("n >= 5 && !(n == 6)", Ok(1));
        check("1 - 2 - 3", Ok(-4));
        check("9223372036854775807 + 1", Ok(i64::MIN));
    }

    #[test]
    fn refuses() {
        check("", Err("arithmetic syntax error"));
        check("1 +", Err("arithmetic syntax error"));
        check("(1", Err("arithmetic syntax error"));
        check("1 2", Err("arithmetic syntax error"));
        check("1 / 0", Err("divide by zero"));
        check("€", Err("arithmetic syntax error"));
        check(&"(".repeat(10_000), Err("too deeply nested"));
        check(&"-".repeat(10_000), Err("too deeply nested"));
    }
}
