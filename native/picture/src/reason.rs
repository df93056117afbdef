//! Owns what is said of a picture, e.g. why it is refused: an English sentence and what goes into it, so that it can be told in other languages.

use std::io;

use image::ImageError;
use image::error::UnsupportedErrorKind;

/// `{0}`, `{1}`, … in the text stand for the values.
#[derive(Debug, PartialEq)]
pub struct Reason {
    pub text: &'static str,
    pub values: Vec<String>,
}

pub const CUT_OFF: &str = "the file is cut off";
pub const DAMAGED: &str = "the file is damaged";

impl Reason {
    pub fn new(text: &'static str, values: &[&dyn ToString]) -> Reason {
        Reason { text, values: values.iter().map(|value| value.to_string()).collect() }
    }

    /// The text and its values, each after a zero byte.
    pub fn packed(&self) -> String {
        let mut packed = self.text.to_string();
        for value in &self.values {
            packed.push('\0');
            packed.extend(value.chars().filter(|one| !one.is_control()));
        }
        packed
    }
}

impl From<&'static str> for Reason {
    fn from(text: &'static str) -> Reason {
        Reason::new(text, &[])
    }
}

impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Reason {
        of_io(&error)
    }
}

fn of_io(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => CUT_OFF.into(),
        _ => Reason::new("the file is damaged ({0})", &[error]),
    }
}

impl From<ImageError> for Reason {
    fn from(error: ImageError) -> Reason {
        match error {
            ImageError::IoError(error) => of_io(&error),
            ImageError::Limits(_) => "it needs more memory than a picture may take".into(),
            ImageError::Unsupported(error) => match error.kind() {
                UnsupportedErrorKind::Format(_) => "it is no picture of a kind that is known".into(),
                _ => Reason::new("it is of a kind that is not decoded ({0})", &[&error]),
            },
            error => Reason::new("the file is damaged ({0})", &[&error]),
        }
    }
}
