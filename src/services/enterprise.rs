//! The enterprise edition's management API. None of its operations is simulated yet.

use crate::base::refusal::Refusal;
use crate::services::basic::dialect::BASIC;
use crate::services::dialect::{Dialect, MOCK, OwnText, texts};

/// Inferred: its errors have the form of the basic edition's.
pub(crate) static ENTERPRISE: Dialect = Dialect {
    texts: &[MOCK, TEXTS],
    owns_code: BASIC.owns_code,
    planned: |status, _| (status == 500).then_some(Refusal::GatewayFailed),
    render: BASIC.render,
};

/// Inferred. It is what the mock says if the framing of a body is broken.
const TEXTS: &[OwnText] = texts! {
    BodyMalformed => 400 "SVCSTG.SWR.4001018" "Invalid request body";
};
