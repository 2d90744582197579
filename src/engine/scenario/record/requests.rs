//! The requests of a step, as its input.

use serde_json::{Map, Value, json};

use super::Notes;
use crate::base::endpoints::Door;
use crate::base::redact::Redacted;
use crate::base::times::counted;
use crate::engine::journal::Call;
use crate::fixtures::forms::UniqueKeys;
use crate::operations::op::{ContentKind, Op};

/// Headers that belong to a connection or to a client, and not to what is requested.
const OF_CLIENT: [&str; 7] = [
    "accept-encoding",
    "connection",
    "content-length",
    "date",
    "host",
    "transfer-encoding",
    "user-agent",
];

/// The input that lists these requests.
pub(super) fn input(calls: &[Call], notes: &mut Notes) -> Value {
    let is_upload = |call: &&Call| {
        let row = call.0.request.row();
        row.is_some_and(|row| row.brings == Some(ContentKind::Blob)) && call.body().is_empty()
    };
    let uploads = calls.iter().filter(is_upload).count();
    if uploads > 0 {
        notes.add(format!(
            "The journal does not keep the content of blobs: {} without the body.",
            counted(uploads, "upload")
        ));
    }
    json!({ "requests": calls.iter().map(request).collect::<Vec<_>>() })
}

fn request(call: &Call) -> Value {
    let head = &call.0.request.head;
    let mut file = Map::new();
    let mut set = |key: &str, value: Value| {
        if !value.is_null() && value != json!({}) {
            file.insert(key.to_owned(), value);
        }
    };
    set("op", call.op().map(Op::name).into());
    set("method", head.method().as_str().into());
    let target = Redacted::sent_target(head.target());
    set("target", target.to_string().into());
    match call.0.request.origin.door {
        Door::Api => {}
        Door::Registry => set("listener", "registry".into()),
        Door::Storage => set("listener", "storage".into()),
    }
    set("region", call.0.region.as_deref().into());
    set("by", call.caller().into());
    set("header", headers(call).into());
    let (key, body) = body(call);
    set(key, body);
    set("status", call.status().into());
    let refusal = call.refusal().map(|refusal| format!("{refusal:?}"));
    set("refusal", refusal.into());
    Value::Object(file)
}

fn headers(call: &Call) -> Map<String, Value> {
    let sent = call.0.request.head.headers();
    let sent = sent.filter(|(name, value)| {
        !OF_CLIENT.contains(name) && (*name, *value) != ("accept", b"*/*".as_slice())
    });
    sent.map(|(name, value)| {
        let value = Redacted::header(name, &String::from_utf8_lossy(value));
        (name.to_owned(), value.to_string().into())
    })
    .collect()
}

/// The key and the value of the body: `json` for an API, and `body` for the text as it was sent.
fn body(call: &Call) -> (&'static str, Value) {
    let body = call.body();
    if body.is_empty() {
        return ("body", Value::Null);
    }
    if call.body_is_cut() {
        let kept = "the journal keeps only the first 64 KiB";
        return ("body", format!("({kept})").into());
    }
    // The digest of a manifest depends on each byte, and an object with a key twice is refused.
    let is_api = call.0.request.origin.door == Door::Api;
    match serde_json::from_slice::<UniqueKeys>(body) {
        Ok(_) if is_api => (
            "json",
            call.json()
                .map_or(Value::Null, |body| Redacted::value(&body)),
        ),
        _ => ("body", Redacted::sent_body(body).to_string().into()),
    }
}
