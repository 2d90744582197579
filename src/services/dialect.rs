//! How the APIs phrase their errors.
//!
//! A [`Dialect`] knows the texts and the form of one kind of error. A [`Chain`] is what one API uses: the first dialect
//! that has a text for a refusal renders it. If none has one, the last renders the text of the refusal's [`Class`].

use std::borrow::Cow;

use http::StatusCode;

use crate::base::endpoints::Advertised;
use crate::base::refusal::{Class, Refusal};
use crate::base::reply::Reply;
use crate::operations::op::{Row, Subject};
use crate::services::request::Request;
use crate::state::Profile;

/// Status, code and message of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorText {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
}

impl ErrorText {
    pub(crate) const fn new(status: u16, code: &'static str, message: &'static str) -> ErrorText {
        ErrorText {
            status,
            code,
            message: Cow::Borrowed(message),
        }
    }

    /// The text of a status that is known by this code and by the reason phrase of HTTP.
    pub(crate) fn of_status(status: u16, code: &'static str) -> ErrorText {
        let status_code = StatusCode::from_u16(status).ok();
        let reason = status_code.and_then(|status| status.canonical_reason());
        ErrorText::new(status, code, reason.unwrap_or("Error"))
    }
}

/// A failed request, as far as the response to it shows.
pub(crate) struct Failure<'a> {
    /// `None` for an error that a plan gives by its status or code.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) detail: &'a str,
    pub(crate) request: &'a Request,
    pub(crate) request_id: &'a str,
    /// The addresses that the response hands out.
    pub(crate) advertised: Advertised<'a>,
    pub(crate) profile: Profile,
}

/// One way to phrase errors.
pub(crate) struct Dialect {
    /// The texts that it has for refusals; the first that fits is used.
    pub(crate) texts: &'static [&'static [OwnText]],
    /// Whether a code is one of this dialect's.
    pub(crate) owns_code: fn(&str) -> bool,
    /// The refusal that a planned status stands for.
    pub(crate) planned: fn(u16, Option<&Row>) -> Option<Refusal>,
    pub(crate) render: fn(&ErrorText, &Failure<'_>) -> Reply,
}

impl Dialect {
    /// The text of a refusal, if this dialect has one of its own.
    fn own(&self, refusal: Refusal, row: Option<&Row>) -> Option<ErrorText> {
        let mut texts = self.texts.iter().copied().flatten();
        let own = texts.find(|own| own.is_for(refusal, row))?;
        let mut text = own.text.clone();
        if own.names_operation {
            let operation = row.map_or("this".to_owned(), |row| {
                format!("{} ({} {})", row.name, row.method, row.template)
            });
            text.message = format!("{} {operation}", text.message).into();
        }
        Some(text)
    }
}

/// The dialects of one API.
pub(crate) struct Chain {
    /// Asked in this order, before the last.
    pub(crate) front: &'static [&'static Dialect],
    /// Renders whatever the others do not own.
    pub(crate) last: &'static Dialect,
    /// The last dialect's text for a class.
    pub(crate) by_class: fn(Class, Option<&Row>) -> ErrorText,
    /// The text of an error of which only the status is known.
    pub(crate) of_status: fn(u16) -> ErrorText,
}

impl Chain {
    /// The response to a refused request.
    pub(crate) fn refuse(&self, refusal: Refusal, failure: &Failure<'_>) -> Reply {
        let (dialect, text) = self.text(refusal, failure.request.row());
        (dialect.render)(&text, failure)
    }

    /// The response of an error with this text.
    pub(crate) fn error(&self, text: &ErrorText, failure: &Failure<'_>) -> Reply {
        let owner = self
            .front
            .iter()
            .find(|dialect| (dialect.owns_code)(text.code));
        let dialect = owner.map_or(self.last, |dialect| dialect);
        (dialect.render)(text, failure)
    }

    /// The refusal that a planned status stands for, if this API refuses so with this status.
    pub(crate) fn planned(&self, status: u16, row: Option<&Row>) -> Option<Refusal> {
        self.dialects()
            .find_map(|dialect| (dialect.planned)(status, row))
            .filter(|refusal| self.text(*refusal, row).1.status == status)
    }

    /// The text of a refusal, and the dialect that renders it.
    pub(crate) fn text(
        &self,
        refusal: Refusal,
        row: Option<&Row>,
    ) -> (&'static Dialect, ErrorText) {
        self.dialects()
            .find_map(|dialect| Some((dialect, dialect.own(refusal, row)?)))
            .unwrap_or_else(|| (self.last, (self.by_class)(refusal.class(), row)))
    }

    pub(crate) fn dialects(&self) -> impl Iterator<Item = &'static Dialect> {
        self.front.iter().copied().chain([self.last])
    }
}

/// The text that a dialect has for some refusals.
#[derive(Debug)]
pub(crate) struct OwnText {
    pub(crate) refusals: &'static [Refusal],
    /// What the operation must be about; empty if that does not matter.
    pub(crate) about: &'static [Subject],
    pub(crate) text: ErrorText,
    /// Whether the message ends with the operation.
    pub(crate) names_operation: bool,
}

impl OwnText {
    pub(crate) fn is_for(&self, refusal: Refusal, row: Option<&Row>) -> bool {
        let fits = |row: &Row| self.about.contains(&row.subject);
        self.refusals.contains(&refusal) && (self.about.is_empty() || row.is_some_and(fits))
    }
}

/// Writes a table of [`OwnText`]: `Refusal | Refusal on Subject Subject => status "code" "message";`. After the message,
/// `+ operation` adds the operation to it.
macro_rules! texts {
    ($($($refusal:ident)|+ $(on $($subject:ident)+)?
        => $status:literal $code:literal $message:literal $(+ $addition:ident)?;)*) => {
        &[$($crate::services::dialect::OwnText {
            refusals: &[$($crate::base::refusal::Refusal::$refusal),+],
            about: &[$($($crate::operations::op::Subject::$subject),+)?],
            text: $crate::services::dialect::ErrorText::new($status, $code, $message),
            names_operation: $crate::services::dialect::texts!(@names $($addition)?),
        },)*]
    };
    (@names) => { false };
    (@names operation) => { true };
}
pub(crate) use texts;

/// The texts of the mock's own refusals, at APIs whose clients read any code.
pub(crate) const MOCK: &[OwnText] = texts! {
    NotSimulated => 501 "MOCKSWR.NotSimulated" "mock-swr does not simulate" + operation;
    ContentLimit => 507 "MOCKSWR.ContentLimit" "mock-swr has reached its content limit";
    Panicked => 500 "MOCKSWR.Panicked" "a panic occurred while mock-swr handled this request";
    ListenFailed => 500 "MOCKSWR.ListenFailed" "mock-swr cannot open the listeners of a region";
};
