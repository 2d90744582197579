//! Refusing plain HTTP on a server with TLS.

use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode, Uri};

use super::render::X_MOCK_HINT;
use crate::base::problem::ProblemKind;
use crate::base::redact::Redacted;
use crate::base::reply::{Reply, text_header};
use crate::engine::core::Core;
use crate::engine::unread::Unread;

/// The response to a request that was sent without TLS. It does not reach the service, so it has no journal entry.
pub(crate) fn refuse_plain(core: &Core, method: &Method, uri: &Uri) -> Reply {
    const HINT: &str =
        "the request was sent with http, but the server serves https: use a URL with https";
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let problem = format!("{method} {}: {HINT}", Redacted::target(target));
    core.note(ProblemKind::Unmatched, problem);
    core.note_unread(Unread::PlainHttp);
    let mut reply = Reply::new(format!("{HINT}\n").into_bytes().into());
    *reply.status_mut() = StatusCode::BAD_REQUEST;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(X_MOCK_HINT, text_header(HINT));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}
