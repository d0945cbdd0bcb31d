//! The arguments of an event or of an acknowledgement, kept as JSON text.
//!
//! Nothing is parsed into a tree: what was serialised once travels as it is,
//! and what arrives is handed out as text until its receiver asks for a type.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Error;
use serde_json::value::RawValue;

/// A list of JSON values: what follows an event's name, or what an answer holds.
#[derive(Debug, Clone, Default)]
pub struct Arguments(Vec<Box<RawValue>>);

impl Arguments {
    /// No arguments.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One argument.
    pub fn one<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        Ok(Self(vec![serde_json::value::to_raw_value(value)?]))
    }

    /// Several arguments: `values` must serialise to a JSON array (a tuple, a slice, a list).
    pub fn list<T: Serialize + ?Sized>(values: &T) -> Result<Self, Error> {
        serde_json::from_str(&serde_json::to_string(values)?).map(Self)
    }

    /// One argument that is JSON text already; the text is checked, then sent as it is.
    pub fn from_json(text: String) -> Result<Self, Error> {
        Ok(Self(vec![RawValue::from_string(text)?]))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The JSON text of one argument, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&RawValue> {
        self.0.get(index).map(AsRef::as_ref)
    }

    /// All arguments in order.
    pub fn iter(&self) -> impl Iterator<Item = &RawValue> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// Takes the first argument out, as JSON text.
    #[must_use]
    pub fn into_first(self) -> Option<Box<RawValue>> {
        self.0.into_iter().next()
    }

    /// Parses the first argument. One that is absent counts as `null`.
    pub fn first<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.get(0).map_or("null", RawValue::get))
    }

    /// Parses all arguments at once, into a tuple or a list.
    pub fn all<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.to_json())
    }

    /// The arguments as the text of one JSON array.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = String::from("[");
        self.append_to(&mut text);
        text.push(']');
        text
    }

    /// The payload of an event packet: an array of the name and the arguments.
    pub(crate) fn to_event(&self, name: &str) -> Result<String, Error> {
        let name = serde_json::to_string(name)?;
        let size: usize = self.iter().map(|argument| argument.get().len() + 1).sum();
        let mut text = String::with_capacity(name.len() + size + 2);
        text.push('[');
        text.push_str(&name);
        if !self.is_empty() {
            text.push(',');
        }
        self.append_to(&mut text);
        text.push(']');
        Ok(text)
    }

    fn append_to(&self, text: &mut String) {
        for (index, argument) in self.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(argument.get());
        }
    }
}

impl From<Vec<Box<RawValue>>> for Arguments {
    fn from(values: Vec<Box<RawValue>>) -> Self {
        Self(values)
    }
}

/// What can be sent with an event: a reference to anything that serialises is
/// one argument (also a tuple, a list or a [`RawValue`]); [`Arguments`] are as
/// many as they hold.
pub trait IntoArguments {
    /// Serialises, if it is not JSON text already.
    fn into_arguments(self) -> Result<Arguments, Error>;
}

impl<T: Serialize + ?Sized> IntoArguments for &T {
    fn into_arguments(self) -> Result<Arguments, Error> {
        Arguments::one(self)
    }
}

impl IntoArguments for Arguments {
    fn into_arguments(self) -> Result<Arguments, Error> {
        Ok(self)
    }
}

impl IntoArguments for Box<RawValue> {
    fn into_arguments(self) -> Result<Arguments, Error> {
        Ok(Arguments(vec![self]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_one_argument_and_a_list_is_many() {
        let one = (&("a", 1)).into_arguments().unwrap();
        assert_eq!(one.to_event("x").unwrap(), r#"["x",["a",1]]"#);
        let many = Arguments::list(&("a", 1)).unwrap();
        assert_eq!(many.to_event("x").unwrap(), r#"["x","a",1]"#);
        assert_eq!(Arguments::none().to_event("x").unwrap(), r#"["x"]"#);
        assert!(Arguments::list("no list").is_err());
    }

    #[test]
    fn text_that_is_serialised_already_is_sent_byte_for_byte() {
        let text = r#"{"b" : 1.0, "a":1e2}"#;
        let arguments = Arguments::from_json(text.to_owned()).unwrap();
        assert_eq!(arguments.to_json(), format!("[{text}]"));
        let raw = arguments.clone().into_first().unwrap();
        assert_eq!(
            (&*raw).into_arguments().unwrap().to_json(),
            format!("[{text}]")
        );
        assert_eq!(raw.into_arguments().unwrap().to_json(), format!("[{text}]"));
        assert!(Arguments::from_json("[1] 2".to_owned()).is_err());
    }

    #[test]
    fn an_absent_argument_counts_as_null() {
        let none = Arguments::none();
        assert_eq!(none.first::<Option<u8>>().unwrap(), None);
        assert!(none.first::<u8>().is_err());
        let two = Arguments::list(&(1, "b")).unwrap();
        assert_eq!(two.first::<u8>().unwrap(), 1);
        assert_eq!(two.all::<(u8, String)>().unwrap(), (1, "b".to_owned()));
    }
}
