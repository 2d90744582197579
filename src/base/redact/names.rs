//! The names of headers, parameters and keys that hold a secret.

/// A name that contains one of these holds a secret. Names are compared in lower case and without punctuation.
pub(super) const SECRET_PARTS: [&str; 4] = ["password", "passwd", "passphrase", "passcode"];
/// A name that ends with one of these holds a secret.
const SECRET_ENDS: [&str; 14] = [
    "accesskeysecret",
    "apikey",
    "assertion",
    "authorization",
    "cookie",
    "jwt",
    "privatekey",
    "pwd",
    "registryauth",
    "secret",
    "secretaccesskey",
    "secretkey",
    "signature",
    "token",
];
/// A name that equals one of these holds a secret.
const SECRET_NAMES: [&str; 2] = ["auth", "sk"];

/// Whether a header, parameter or key with this name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let bare: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET_NAMES.contains(&&*bare)
        || SECRET_PARTS.iter().any(|part| bare.contains(part))
        || SECRET_ENDS.iter().any(|end| bare.ends_with(end))
}

/// Whether this value of a header, parameter or key is secret. The key `auth` can also hold the number of a permission,
/// which is not secret.
pub(super) fn is_secret_text(name: &str, value: &str) -> bool {
    let is_level = || value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
    is_secret(name) && !(name.eq_ignore_ascii_case("auth") && is_level())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_decides_whether_its_value_is_secret() {
        for name in [
            "password",
            "old_password",
            "X-Auth-Token",
            "adminPass-word",
            "SK",
            "secretAccessKey",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "name",
            "access_key",
            "user_id",
            "auths",
            "token_type",
            "x-amz-credential",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
