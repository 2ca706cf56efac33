//! `--set path=value`: a field given on the command line.

use toml::de::DeTable;

/// A field by its path, and its value as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Override {
    /// How it was given, for messages: `--set cache.ttl=5s`, `--seed 7`.
    pub(crate) given: String,
    /// `cache.ttl`, `strategy.xfetch-1.5.beta`, `seed`.
    pub(crate) path: String,
    /// TOML, or else a bare word.
    pub(crate) value: String,
}

impl Override {
    /// The override of `--set PATH=VALUE`.
    ///
    /// # Errors
    /// If there is no `=` or nothing before it.
    pub fn set(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() => Ok(Self {
                given: format!("--set {text}"),
                path: path.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            _ => Err(format!("--set {text}: expected PATH=VALUE, such as --set cache.ttl=5s")),
        }
    }

    /// The override of a flag that stands for one field: `--seed 7` for `seed`.
    #[must_use]
    pub fn flag(flag: &str, path: &str, value: &str) -> Self {
        Self { given: format!("{flag} {value}"), path: path.to_owned(), value: value.to_owned() }
    }

    /// The path and value as `--set` takes them.
    #[must_use]
    pub fn assignment(&self) -> String {
        format!("{}={}", self.path, self.value)
    }

    /// The value as a TOML document `value = ...`: as it stands if it is TOML, else as a string.
    pub(crate) fn document(&self) -> String {
        let plain = format!("value = {}", self.value);
        if DeTable::parse(&plain).is_ok_and(|table| table.get_ref().len() == 1) {
            plain
        } else {
            format!("value = {}", toml::Value::String(self.value.clone()))
        }
    }
}
