//! The content of a call as values: its body as text and as a type of the test, and the call as data.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::base::clock::Time;
use crate::base::redact::Redacted;
use crate::engine::journal::Call;
use crate::operations::op::Op;

impl Call {
    /// The body as text, up to its first 64 KiB. Bytes that are not UTF-8 are replaced.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// reqwest::blocking::Client::new().post(url).body(r#"{"namespace": "group"}"#).send().unwrap();
    /// assert_eq!(swr.verify(Op::CreateNamespace).once().body_text(), r#"{"namespace": "group"}"#);
    /// ```
    pub fn body_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.body())
    }

    /// The JSON body as a value of this type.
    ///
    /// # Errors
    ///
    /// Returns an error if the body is not JSON of this type, or longer than 64 KiB.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// #[derive(serde::Deserialize)]
    /// struct CreateNamespace {
    ///     namespace: String,
    /// }
    ///
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// reqwest::blocking::Client::new().post(url).body(r#"{"namespace": "group"}"#).send().unwrap();
    /// let sent: CreateNamespace = swr.verify(Op::CreateNamespace).once().json_as().unwrap();
    /// assert_eq!(sent.namespace, "group");
    /// ```
    pub fn json_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        if self.body_is_cut() {
            return Err(serde_json::Error::custom(
                "the journal keeps only the first 64 KiB of the body",
            ));
        }
        serde_json::from_slice(self.body())
    }
}

/// The data of a call. Secrets are replaced, and durations in real time are left out.
#[derive(Serialize)]
struct CallData<'a> {
    number: u64,
    op: Option<&'static str>,
    method: &'a str,
    target: String,
    headers: BTreeMap<&'a str, OneOrMany>,
    body: Value,
    caller: Option<&'a str>,
    region: Option<&'a str>,
    at: Time,
    status: Option<u16>,
    refusal: Option<String>,
    planned: bool,
    aborted: bool,
    hint: Option<&'a str>,
}

/// The values of a header. A header that was sent more than once is a list.
#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let head = &self.0.request.head;
        CallData {
            number: self.number(),
            op: self.op().map(Op::name),
            method: self.method().as_str(),
            target: Redacted::target(head.target()).to_string(),
            headers: self.redacted_headers(),
            body: self.redacted_body(),
            caller: self.caller(),
            region: self.0.region.as_deref(),
            at: self.0.at,
            status: self.status(),
            refusal: self.refusal().map(|refusal| format!("{refusal:?}")),
            planned: self.planned(),
            aborted: self.aborted(),
            hint: self.hint(),
        }
        .serialize(serializer)
    }
}

impl Call {
    fn redacted_headers(&self) -> BTreeMap<&str, OneOrMany> {
        let mut headers = BTreeMap::new();
        for (name, value) in self.0.request.head.headers() {
            let value = Redacted::header(name, &String::from_utf8_lossy(value)).to_string();
            let before = headers.remove(name);
            let values = match before {
                None => OneOrMany::One(value),
                Some(OneOrMany::One(first)) => OneOrMany::Many(vec![first, value]),
                Some(OneOrMany::Many(mut values)) => {
                    values.push(value);
                    OneOrMany::Many(values)
                }
            };
            headers.insert(name, values);
        }
        headers
    }

    /// A JSON body as JSON, another one as text, and an empty one as `null`.
    fn redacted_body(&self) -> Value {
        if self.body().is_empty() {
            return Value::Null;
        }
        let json = self.json().map(|body| Redacted::value(&body));
        json.unwrap_or_else(|| Redacted::body(self.body()).to_string().into())
    }
}
