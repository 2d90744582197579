//! Sequences of requests at both doors, one per line: `POST /v2/manage/namespaces {"namespace":"two"}`. A line `+3`
//! advances the clock by three days. `$UPLOAD` is the location of the last upload, and `$ID` the last id in a response.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr::days;
use mock_swr_fuzz::{Request, Response, Server, Settings, header_lines, with_server};
use serde_json::Value;

/// The most lines that are used.
const LINES: usize = 12;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    with_server(Settings::Swr, |server| {
        let mut names = Names::default();
        for line in text.lines().take(LINES) {
            match line.strip_prefix('+') {
                Some(count) => server.swr.advance(days(count.parse().unwrap_or(1))),
                None => names.note(&send(server, &names.filled(line))),
            }
            server.check_refused();
        }
        server.send_lists();
    });
});

/// What later lines can name.
#[derive(Default)]
struct Names {
    upload: String,
    id: String,
}

impl Names {
    fn filled(&self, line: &str) -> String {
        line.replace("$UPLOAD", &self.upload)
            .replace("$ID", &self.id)
    }

    fn note(&mut self, response: &Option<Response>) {
        let Some(response) = response else {
            return;
        };
        if let Some(location) = response.header("location") {
            location.clone_into(&mut self.upload);
        }
        if let Ok(body) = serde_json::from_slice::<Value>(&response.body)
            && let Some(id) = body["id"].as_u64()
        {
            self.id = id.to_string();
        }
    }
}

/// Sends the request in a line, if it is one.
fn send(server: &mut Server, line: &str) -> Option<Response> {
    let mut parts = line.splitn(3, ' ');
    let (method, target) = (parts.next()?, parts.next()?);
    let body = parts.next().unwrap_or_default().as_bytes();
    let is_method = matches!(method, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD");
    if !is_method
        || !target.starts_with('/')
        || target.bytes().any(|byte| byte <= b' ' || byte == 0x7f)
    {
        return None;
    }
    let request = Request::new(method, target).body(body);
    let is_api = target == "/"
        || ["/v2/manage", "/v3", "/v5"]
            .iter()
            .any(|prefix| target.starts_with(prefix));
    if is_api {
        return Some(server.send_api(&request));
    }
    let media_type = "application/vnd.docker.distribution.manifest.v2+json";
    let lines = if target.contains("/manifests/") && method == "PUT" {
        header_lines(&format!("Content-Type: {media_type}"))
    } else {
        String::new()
    };
    Some(server.send_registry(&request.with(&lines)))
}
