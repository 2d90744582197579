//! A test of a request signer: `cargo run --example signer`.

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use mock_swr::{Auth, Credentials, MockSwr, Op, Refusal};
use reqwest::blocking::{Client, RequestBuilder};
use sha2::{Digest, Sha256};

/// Code under test: signs a GET without a query with SDK-HMAC-SHA256.
struct Signer {
    /// Returns the path as it is signed.
    canonical_path: fn(&str) -> String,
}

impl Signer {
    fn get(&self, endpoint: &str, path: &str, keys: &Credentials) -> RequestBuilder {
        let host = endpoint.trim_start_matches("http://");
        let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let path_line = (self.canonical_path)(path);
        let empty = hex(&Sha256::digest(""));
        let canonical = format!(
            "GET\n{path_line}\n\nhost:{host}\nx-sdk-date:{date}\n\nhost;x-sdk-date\n{empty}"
        );
        let hash = hex(&Sha256::digest(canonical));
        let mut mac = Hmac::<Sha256>::new_from_slice(keys.secret_key.as_bytes()).unwrap();
        mac.update(format!("SDK-HMAC-SHA256\n{date}\n{hash}").as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        let authorization = format!(
            "SDK-HMAC-SHA256 Access={}, SignedHeaders=host;x-sdk-date, Signature={signature}",
            keys.access_key
        );
        let get = Client::new().get(format!("{endpoint}{path}"));
        get.header("X-Sdk-Date", date)
            .header("Authorization", authorization)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn main() {
    let swr = MockSwr::builder().auth(Auth::Verified).start();
    let keys = swr.credentials();
    let get = |signer: &Signer| {
        let get = signer.get(swr.endpoint(), "/v2/manage/namespaces", &keys);
        get.send().unwrap()
    };

    let as_sent = Signer {
        canonical_path: str::to_owned,
    };
    let response = get(&as_sent);
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()["x-mock-hint"],
        "the client signed the path `/v2/manage/namespaces`, but the service expects \
         `/v2/manage/namespaces/`: a canonical path ends in a slash"
    );
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::SignatureWrong)
        .once();

    let with_slash = Signer {
        canonical_path: |path| format!("{path}/"),
    };
    assert_eq!(get(&with_slash).status(), 200);
}
