//! Errors of the enterprise edition's management API. No operation of this API is simulated yet.

use crate::base::refusal::Refusal;
use crate::services::basic::dialect::BASIC;
use crate::services::dialect::{Dialect, MOCK_TEXTS, OwnText, texts};

/// Inferred: its errors have the format of the basic edition.
pub(crate) static ENTERPRISE: Dialect = Dialect {
    texts: &[MOCK_TEXTS, TEXTS],
    owns_code: BASIC.owns_code,
    planned: |status, _| (status == 500).then_some(Refusal::GatewayFailed),
    render: BASIC.render,
};

/// Inferred. The mock responds with it if the framing of a body is invalid.
const TEXTS: &[OwnText] = texts! {
    BodyMalformed => 400 "SVCSTG.SWR.4001018" "Invalid request body";
};
