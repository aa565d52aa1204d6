//! From words to fields: parameters, command substitution, arithmetic, splitting, quotes. Absent: file name patterns and `~`.

use std::sync::Arc;

use super::ast::{Fallback, List, Part, Word};
use super::vars::SPACE;
use super::{Eval, Flow, Shell, arithmetic};
use crate::io::{Capture, Sink};

/// What may separate fields.
const SEPARATORS: [char; 3] = [' ', '\t', '\n'];

/// Fields being put together.
#[derive(Default)]
struct Fields {
    done: Vec<String>,
    current: Option<String>,
    used: usize,
}

/// What a field costs beyond its text.
const OVERHEAD: usize = 32;

impl Fields {
    fn add(&mut self, text: &str) {
        self.used += text.len();
        self.current.get_or_insert_default().push_str(text);
    }

    fn end(&mut self) {
        self.used += OVERHEAD;
        self.done.extend(self.current.take());
    }

    /// Adds what an expansion outside quotes gave.
    fn split(&mut self, text: &str) {
        for (index, piece) in text.split(SEPARATORS).enumerate() {
            if index > 0 {
                self.end();
            }
            if !piece.is_empty() {
                self.add(piece);
            }
        }
    }
}

impl Shell {
    /// What words stand for.
    pub(super) async fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, Flow> {
        let mut fields = Fields::default();
        for word in words {
            for part in word {
                self.expand(part, &mut fields).await?;
                if fields.used > SPACE {
                    return Err(self.give_up("Argument list too long", 2).await);
                }
            }
            fields.end();
        }
        Ok(fields.done)
    }

    /// What a word stands for where it cannot be several fields.
    pub(super) async fn text(&mut self, word: &Word) -> Result<String, Flow> {
        let mut text = String::new();
        for part in word {
            match part {
                Part::Text { text: more, .. } => text.push_str(more),
                Part::Parameter { name, fallback, .. } => text.push_str(&self.parameter(name, fallback.as_ref()).await?),
                Part::Command { list, .. } => text.push_str(&self.substitute(list).await?),
                Part::Arithmetic(expression) => text.push_str(&self.compute(expression).await?),
            }
            if text.len() > SPACE {
                return Err(self.give_up("Argument list too long", 2).await);
            }
        }
        Ok(text)
    }

    async fn expand(&mut self, part: &Part, fields: &mut Fields) -> Result<(), Flow> {
        match part {
            Part::Text { text, quoted } => {
                if *quoted || !text.is_empty() {
                    fields.add(text);
                }
            }
            Part::Parameter { name, fallback: None, quoted: true } if name == "@" => {
                for (index, parameter) in self.params.iter().enumerate() {
                    if index > 0 {
                        fields.end();
                    }
                    fields.add(parameter);
                }
            }
            Part::Parameter { name, fallback, quoted } => {
                let value = self.parameter(name, fallback.as_ref()).await?;
                if *quoted { fields.add(&value) } else { fields.split(&value) }
            }
            Part::Command { list, quoted } => {
                let output = self.substitute(list).await?;
                if *quoted { fields.add(&output) } else { fields.split(&output) }
            }
            Part::Arithmetic(expression) => fields.add(&self.compute(expression).await?),
        }
        Ok(())
    }

    async fn parameter(&mut self, name: &str, fallback: Option<&Fallback>) -> Result<String, Flow> {
        let value = self.value(name);
        match (value, fallback) {
            (Some(value), Some(fallback)) if value.is_empty() && fallback.or_empty => self.fallback(&fallback.word).await,
            (None, Some(fallback)) => self.fallback(&fallback.word).await,
            (value, _) => Ok(value.unwrap_or_default()),
        }
    }

    fn fallback<'a>(&'a mut self, word: &'a Word) -> Eval<'a, String> {
        Box::pin(self.text(word))
    }

    /// What a parameter holds; `None` if it is not set.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some(self.pid.to_string()),
            "!" => self.last_job.map(|pid| pid.to_string()),
            "#" => Some(self.params.len().to_string()),
            "@" | "*" => Some(self.params.join(" ")),
            "0" => Some(self.name.clone()),
            _ => match name.parse::<usize>() {
                Ok(number) => self.params.get(number.checked_sub(1)?).cloned(),
                Err(_) => self.vars.get(name).map(str::to_owned),
            },
        }
    }

    async fn compute(&mut self, expression: &str) -> Result<String, Flow> {
        match arithmetic::evaluate(expression, &|name| self.value(name).unwrap_or_default()) {
            Ok(number) => Ok(number.to_string()),
            Err(reason) => Err(self.give_up(&reason, 2).await),
        }
    }

    /// What a command prints, without line ends at the end.
    fn substitute<'a>(&'a mut self, list: &'a Arc<List>) -> Eval<'a, String> {
        Box::pin(async move {
            let capture = Capture::default();
            let mut shell = self.subshell();
            shell.ctx.fds.stdout = Sink::Capture(Arc::clone(&capture));
            self.status = shell.run_list_alone(list).await;
            self.substituted = Some(self.status);
            let output = std::mem::take(&mut *capture.lock().expect("invariant: no panic under this lock"));
            let output = String::from_utf8_lossy(&output);
            Ok(output.trim_end_matches('\n').to_owned())
        })
    }
}
