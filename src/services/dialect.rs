//! The texts and formats of errors.
//!
//! A [`Dialect`] has texts for refusals and renders them in one format. A [`Chain`] is the list of dialects of one API:
//! the first dialect with a text for a refusal renders it. If no dialect has a text, the last one renders the text of
//! the refusal's [`Class`].

use std::borrow::Cow;

use http::StatusCode;

use crate::base::endpoints::Advertised;
use crate::base::refusal::{Class, Refusal};
use crate::base::reply::Reply;
use crate::operations::op::{Row, Subject};
use crate::services::request::Request;
use crate::state::Profile;

/// The status, code and message of an error.
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

    /// An error with this status and code, and the reason phrase of HTTP as its message.
    pub(crate) fn of_status(status: u16, code: &'static str) -> ErrorText {
        let status_code = StatusCode::from_u16(status).ok();
        let reason = status_code.and_then(|status| status.canonical_reason());
        ErrorText::new(status, code, reason.unwrap_or("Error"))
    }
}

/// The parts of a failed request that its response depends on.
pub(crate) struct FailedRequest<'a> {
    /// `None` for an error that a plan defines by status or code.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) detail: &'a str,
    pub(crate) request: &'a Request,
    pub(crate) request_id: &'a str,
    /// The addresses to use in the response.
    pub(crate) advertised: Advertised<'a>,
    pub(crate) profile: Profile,
}

/// A set of error texts, and the format to render them in.
pub(crate) struct Dialect {
    /// Its texts for refusals. The first matching text is used.
    pub(crate) texts: &'static [&'static [OwnText]],
    /// Whether a code belongs to this dialect.
    pub(crate) owns_code: fn(&str) -> bool,
    /// The refusal for a planned status.
    pub(crate) planned: fn(u16, Option<&Row>) -> Option<Refusal>,
    pub(crate) render: fn(&ErrorText, &FailedRequest<'_>) -> Reply,
}

impl Dialect {
    /// The text of this dialect for a refusal, if it has one.
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
    /// The dialects before the last, in order.
    pub(crate) front: &'static [&'static Dialect],
    /// The dialect that renders all other errors.
    pub(crate) last: &'static Dialect,
    /// The text of the last dialect for a class of refusals.
    pub(crate) by_class: fn(Class, Option<&Row>) -> ErrorText,
    /// The text of an error with only a status.
    pub(crate) of_status: fn(u16) -> ErrorText,
}

impl Chain {
    /// The response to a refused request.
    pub(crate) fn refuse(&self, refusal: Refusal, failure: &FailedRequest<'_>) -> Reply {
        let (dialect, text) = self.text(refusal, failure.request.row());
        (dialect.render)(&text, failure)
    }

    /// The response for an error text.
    pub(crate) fn error(&self, text: &ErrorText, failure: &FailedRequest<'_>) -> Reply {
        let owner = self
            .front
            .iter()
            .find(|dialect| (dialect.owns_code)(text.code));
        let dialect = owner.map_or(self.last, |dialect| dialect);
        (dialect.render)(text, failure)
    }

    /// The refusal for a planned status, if this API responds to the refusal with the same status.
    pub(crate) fn planned(&self, status: u16, row: Option<&Row>) -> Option<Refusal> {
        self.dialects()
            .find_map(|dialect| (dialect.planned)(status, row))
            .filter(|refusal| self.text(*refusal, row).1.status == status)
    }

    /// The text for a refusal, and the dialect that renders it.
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

/// The text of a dialect for certain refusals.
#[derive(Debug)]
pub(crate) struct OwnText {
    pub(crate) refusals: &'static [Refusal],
    /// The subjects of operations that it applies to; empty for all operations.
    pub(crate) about: &'static [Subject],
    pub(crate) text: ErrorText,
    /// Whether the name of the operation is appended to the message.
    pub(crate) names_operation: bool,
}

impl OwnText {
    /// Whether it is the text for a refusal of this operation.
    pub(crate) fn is_for(&self, refusal: Refusal, row: Option<&Row>) -> bool {
        let matches = |row: &Row| self.about.contains(&row.subject);
        self.refusals.contains(&refusal) && (self.about.is_empty() || row.is_some_and(matches))
    }
}

/// Creates a table of [`OwnText`] from lines `Refusal | Refusal on Subject Subject => status "code" "message";`. After
/// the message, `+ operation` appends the name of the operation.
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

/// The texts of the mock's own refusals, for APIs with clients that accept any code.
pub(crate) const MOCK_TEXTS: &[OwnText] = texts! {
    NotSimulated => 501 "MOCKSWR.NotSimulated" "mock-swr does not simulate" + operation;
    ContentLimit => 507 "MOCKSWR.ContentLimit" "mock-swr has reached its content limit";
    Panicked => 500 "MOCKSWR.Panicked" "a panic occurred while mock-swr handled this request";
    ListenFailed => 500 "MOCKSWR.ListenFailed" "mock-swr cannot open the listeners of a region";
};
