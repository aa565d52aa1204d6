//! A shell's variables.

use std::collections::BTreeMap;

/// How many bytes the variables of one shell may have together, and how many an expansion may give.
pub(super) const SPACE: usize = 1 << 20;
/// What a variable costs beyond its name and value.
const OVERHEAD: usize = 64;

/// There is no more room.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

#[derive(Debug, Clone)]
struct Variable {
    value: String,
    exported: bool,
}

/// A shell's variables.
#[derive(Debug, Clone)]
pub(super) struct Vars {
    all: BTreeMap<String, Variable>,
    used: usize,
}

fn cost(name: &str, value: &str) -> usize {
    name.len() + value.len() + OVERHEAD
}

impl Vars {
    /// The variables of an environment, all of them exported.
    pub(super) fn new(env: &BTreeMap<String, String>) -> Self {
        let used = env.iter().map(|(name, value)| cost(name, value)).sum();
        let all = env.iter().map(|(name, value)| (name.clone(), Variable { value: value.clone(), exported: true })).collect();
        Self { all, used }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all.get(name).map(|variable| variable.value.as_str())
    }

    /// Sets a variable, which stays exported if it was.
    pub(super) fn set(&mut self, name: &str, value: String) -> Result<(), Full> {
        let before = self.all.get(name);
        let used = self.used - before.map_or(0, |before| cost(name, &before.value)) + cost(name, &value);
        if used > SPACE && used > self.used {
            return Err(Full);
        }
        let exported = before.is_some_and(|before| before.exported);
        self.used = used;
        self.all.insert(name.to_owned(), Variable { value, exported });
        Ok(())
    }

    pub(super) fn unset(&mut self, name: &str) {
        if let Some(variable) = self.all.remove(name) {
            self.used -= cost(name, &variable.value);
        }
    }

    /// Makes a variable part of the environment of programs.
    pub(super) fn export(&mut self, name: &str) {
        if let Some(variable) = self.all.get_mut(name) {
            variable.exported = true;
        }
    }

    /// The environment of programs.
    pub(super) fn env(&self) -> BTreeMap<String, String> {
        let exported = self.all.iter().filter(|(_, variable)| variable.exported);
        exported.map(|(name, variable)| (name.clone(), variable.value.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_what_was_exported() {
        let mut vars = Vars::new(&[("A".to_owned(), "1".to_owned())].into());
        vars.set("A", "2".to_owned()).unwrap();
        vars.set("B", "3".to_owned()).unwrap();
        assert_eq!(vars.env(), [("A".to_owned(), "2".to_owned())].into());
        vars.export("B");
        vars.unset("A");
        assert_eq!(vars.env(), [("B".to_owned(), "3".to_owned())].into());
    }

    #[test]
    fn is_bounded() {
        let mut vars = Vars::new(&BTreeMap::new());
        assert_eq!(vars.set("A", "x".repeat(SPACE)), Err(Full));
        for _ in 0..10 {
            vars.set("A", "x".repeat(SPACE / 2)).unwrap();
            vars.unset("A");
        }
        let many = (0..SPACE).take_while(|number| vars.set(&format!("v{number}"), String::new()).is_ok()).count();
        assert!(many < SPACE / OVERHEAD);
    }
}
