//! Typed access to a request for handlers. Missing or invalid values become refusals.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::base::endpoints::Advertised;
use crate::base::redact::Redacted;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::registry::RegistryId;
use crate::base::suggest::{most_similar, not_one_of};
use crate::services::request::Request;
use crate::state::{Caller, Received, RegistryToken, RepoPath};

/// The body of a request that is not an upload.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    json: OnceCell<Option<Result<Value, serde_json::Error>>>,
}

impl Content {
    pub(crate) fn of(bytes: Bytes) -> Content {
        Content {
            bytes,
            json: OnceCell::new(),
        }
    }

    /// The body as JSON; `None` if there is no body. The first call parses it.
    pub(crate) fn json(&self) -> Option<Result<&Value, &serde_json::Error>> {
        let parse = || serde_json::from_slice(&self.bytes);
        let json = self
            .json
            .get_or_init(|| (!self.bytes.is_empty()).then(parse));
        json.as_ref().map(Result::as_ref)
    }

    /// Whether there is no body, or only white space.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }
}

/// A request with its operation and its caller, as a handler receives it.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    pub(crate) request: &'a Request,
    pub(crate) content: &'a Content,
    /// `None` only for operations that accept requests without credentials.
    pub(crate) caller: Option<Caller>,
    /// The registry token of the request, if it has one.
    pub(crate) registry_token: Option<&'a RegistryToken>,
    /// The received content of a blob. The handler takes it once.
    pub(crate) received: RefCell<Received>,
    /// The addresses to use in the response.
    pub(crate) advertised: Advertised<'a>,
}

impl<'a> Input<'a> {
    /// The caller, or a refusal for anonymous requests.
    pub(crate) fn caller(&self) -> Result<&Caller, Denied> {
        self.caller
            .as_ref()
            .ok_or_else(|| Refusal::CredentialsMissing.into())
    }

    /// The registry of the region that received the request.
    pub(crate) fn registry(&self) -> RegistryId {
        self.request.origin.registry
    }

    /// The addresses of a registry.
    ///
    /// # Errors
    ///
    /// If the registry has no listeners yet. The engine then opens them and runs the handler again, so a handler must
    /// call this before it changes anything.
    pub(crate) fn advertised_for(&self, registry: RegistryId) -> Result<Advertised<'a>, Denied> {
        let found = self.advertised.of(registry);
        found.ok_or_else(|| Denied::unopened(registry))
    }

    /// A path parameter; empty if the template does not contain it.
    pub(crate) fn param(&self, name: &str) -> Cow<'a, str> {
        self.request.param(name).unwrap_or_default()
    }

    /// The repository in the path parameters `{namespace}` and `{repository}`.
    pub(crate) fn path(&self) -> RepoPath<'a> {
        RepoPath {
            registry: self.registry(),
            namespace: self.param("namespace"),
            repo: self.param("repository"),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.request.head.header(name)
    }

    pub(crate) fn take_received(&self) -> Received {
        self.received.take()
    }

    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (String, String)> {
        self.request.query_pairs()
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        self.request.query_value(name)
    }

    /// The query parameters, as they were sent.
    pub(crate) fn parameters(&self) -> Fields<'_> {
        Fields::Text(self.query_pairs().collect())
    }

    /// The query parameters. If there is a `filter`, its values replace all other parameters.
    pub(crate) fn query(&self) -> Result<Fields<'_>, Denied> {
        let pairs: Vec<(String, String)> = self.query_pairs().collect();
        match pairs.iter().find(|(name, _)| name == "filter") {
            Some((_, filter)) => Ok(Fields::Text(parse_filter(filter)?)),
            None => Ok(Fields::Text(pairs)),
        }
    }

    /// The values of the query parameter `filter`, which is required and has these keys.
    pub(crate) fn required_filter(&self, required: &[&str]) -> Result<Fields<'_>, Denied> {
        let form = || {
            let pairs = required.iter().map(|key| format!("{key}::0"));
            pairs.collect::<Vec<_>>().join("|")
        };
        let filter = self.query_value("filter").ok_or_else(|| {
            Denied::from(Refusal::ParameterMissing)
                .detail("filter is required")
                .hint(format!("the list needs ?filter={}", form()))
        })?;
        let pairs = parse_filter(&filter)?;
        let lacks = |key: &&&str| !pairs.iter().any(|(name, _)| name == **key);
        match required.iter().find(lacks) {
            None => Ok(Fields::Text(pairs)),
            Some(key) => Err(Denied::from(Refusal::FilterInvalid).explained(format!(
                "the filter `{filter}` lacks {key}: expected {}",
                form()
            ))),
        }
    }

    /// The elements of a JSON body, which must be an array.
    pub(crate) fn array(&self) -> Result<&[Value], Denied> {
        match self.json()? {
            Value::Array(values) => Ok(values),
            _ => Err(Denied::from(Refusal::BodyMalformed)
                .detail("the body must be a JSON array")
                .hint("the body must be a bare array, `[{..}]`, not an object")),
        }
    }

    /// The fields of the JSON body, or of the query if there is no body.
    pub(crate) fn fields(&self) -> Result<Fields<'_>, Denied> {
        if self.content.is_empty() {
            return Ok(self.parameters());
        }
        match self.json()? {
            Value::Object(object) => Ok(Fields::Json(object)),
            _ => {
                Err(Denied::from(Refusal::BodyMalformed)
                    .explained("the body must be a JSON object"))
            }
        }
    }

    /// The JSON body, or a refusal if it is missing or invalid.
    pub(crate) fn json(&self) -> Result<&Value, Denied> {
        let denied = |detail: &str| Denied::from(Refusal::BodyMalformed).detail(detail);
        let json = self.content.json().ok_or_else(|| {
            denied("the body is empty").hint("a JSON body is required, and none was sent")
        })?;
        json.map_err(|error| {
            let text = Redacted::body(&self.content.bytes).to_string();
            let beginning: String = text.chars().take(40).collect();
            let hint = format!("the body is not JSON: {error}; it begins with `{beginning}`");
            denied(&error.to_string()).hint(hint)
        })
    }
}

/// Parses `key::value|key::value`, with at least one pair.
pub(crate) fn parse_filter(filter: &str) -> Result<Vec<(String, String)>, Denied> {
    filter
        .split('|')
        .map(|pair| match pair.split_once("::") {
            Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
            _ => Err(Denied::from(Refusal::FilterInvalid)
                .detail(format!("`{pair}` is not of the form key::value"))
                .hint(format!(
                    "`{pair}` in `{filter}` does not have the form key::value: write key::value|key::value"
                ))),
        })
        .collect()
}

/// The maximum number of sent names that are compared with a missing name.
const MAX_COMPARED: usize = 64;

/// The fields of a request, from its JSON body or its query.
#[derive(Debug)]
pub(crate) enum Fields<'a> {
    Json(&'a Map<String, Value>),
    /// Fields with string values only, as in a query.
    Text(Vec<(String, String)>),
}

impl Fields<'_> {
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Denied> {
        match self {
            Fields::Text(pairs) => Ok(pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())),
            Fields::Json(object) => match object.get(name) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.clone())),
                Some(other) => Err(Denied::from(Refusal::ParameterType).explained(format!(
                    "{name} must be a string, not {}",
                    Redacted::json_at(&format!("/{name}"), other)
                ))),
            },
        }
    }

    /// A required text field. `known` are all fields that the operation reads.
    pub(crate) fn required_text(&self, name: &str, known: &[&str]) -> Result<String, Denied> {
        self.text(name)?
            .ok_or_else(|| self.missing(Refusal::ParameterMissing, name, known))
    }

    /// The refusal for a missing field. Its hint names a similar field that was sent, or all fields that the operation
    /// reads.
    pub(crate) fn missing(&self, refusal: Refusal, name: &str, known: &[&str]) -> Denied {
        let hint = match self.nearest_to(name, known) {
            Some(near) if near == name => format!("`{name}` was sent as null"),
            Some(near) => format!("`{near}` was sent where `{name}` is required"),
            None => format!("`{name}` is missing; the fields are {}", known.join(", ")),
        };
        Denied::from(refusal)
            .detail(format!("{name} is required"))
            .hint(hint)
    }

    /// An optional boolean, refused as an invalid parameter type.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Denied> {
        self.flag(name).map_err(|denied| Denied {
            refusal: Refusal::ParameterType,
            ..denied
        })
    }

    /// An optional boolean, refused as an invalid visibility: `true` or `false`, in JSON without quotes.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Denied> {
        let (sent, quoted) = match self {
            Fields::Json(object) => match object.get(name) {
                None => return Ok(None),
                Some(Value::Bool(flag)) => return Ok(Some(*flag)),
                Some(other) => (other.to_string(), other.is_string()),
            },
            Fields::Text(_) => match self.text(name)?.as_deref() {
                None => return Ok(None),
                Some("true") => return Ok(Some(true)),
                Some("false") => return Ok(Some(false)),
                Some(other) => (other.to_owned(), false),
            },
        };
        let denied = Denied::from(Refusal::VisibilityInvalid)
            .explained(format!("{name} must be true or false, not {sent}"));
        Err(if quoted {
            denied.hint(format!(
                "{name} must be a JSON boolean: {sent} must not be quoted"
            ))
        } else {
            denied
        })
    }

    /// A sent name that is similar to a missing name and is not a field of the operation.
    fn nearest_to(&self, name: &str, known: &[&str]) -> Option<&str> {
        let keys: Vec<&str> = match self {
            Fields::Json(object) => object
                .keys()
                .map(String::as_str)
                .take(MAX_COMPARED)
                .collect(),
            Fields::Text(pairs) => {
                let keys = pairs.iter().map(|(key, _)| key.as_str());
                keys.take(MAX_COMPARED).collect()
            }
        };
        let is_field = |key: &&str| known.contains(key) && *key != name;
        most_similar(keys.into_iter().filter(|key| !is_field(key)), name, 0.5)
    }
}

/// The value for the text of a field. A refusal lists all valid texts.
pub(crate) fn one_of<T: Copy>(name: &str, sent: &str, words: &[(&str, T)]) -> Result<T, Denied> {
    let found = words.iter().find(|(word, _)| *word == sent);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let rule = not_one_of(sent, &words);
        Denied::from(Refusal::ParameterValue).explained(format!("{name} {rule}"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_written_filter_parses_to_the_same_pairs(
            pairs in proptest::collection::vec(("[a-z_]{1,12}", "[^|]{0,12}"), 1..6)
        ) {
            let written: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{key}::{value}")).collect();
            prop_assert_eq!(parse_filter(&written.join("|")).unwrap(), pairs);
        }

        #[test]
        fn a_filter_with_one_bad_pair_is_refused(
            before in proptest::collection::vec("[a-z]{1,8}::[a-z]{0,8}", 0..3),
            bad in prop_oneof!["[a-z:]{0,1}[a-z]{0,8}", "::[a-z]{0,8}", "[a-z]{1,8}:[a-z]{0,8}"],
            after in proptest::collection::vec("[a-z]{1,8}::[a-z]{0,8}", 0..3),
        ) {
            let filter = [before, vec![bad], after].concat().join("|");
            let denied = parse_filter(&filter).unwrap_err();
            prop_assert_eq!(denied.refusal, Refusal::FilterInvalid);
            prop_assert!(denied.hint.unwrap().contains(&filter));
        }

        #[test]
        fn any_filter_is_parsed_or_refused(filter in any::<String>()) {
            if let Err(denied) = parse_filter(&filter) {
                prop_assert_eq!(denied.refusal, Refusal::FilterInvalid);
            }
        }
    }
}
