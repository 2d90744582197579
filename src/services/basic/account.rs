//! Operations on a whole account: totals, reports, features, regions and the agency.

use serde::Serialize;

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::{Input, one_of};
use crate::state::{Frequency, ReportKind, State};

#[derive(Serialize)]
struct OverviewView<'a> {
    domain_id: &'a str,
    domain_name: &'a str,
    /// Misspelt on the wire.
    namspace_num: usize,
    repo_num: usize,
    image_num: usize,
    store_space: Megabytes,
    downflow_size: Megabytes,
}

/// A size. The documents write a whole number without a fraction.
#[derive(Serialize)]
#[serde(untagged)]
enum Megabytes {
    Whole(u64),
    Fraction(f64),
}

impl Megabytes {
    fn of(bytes: u64) -> Megabytes {
        // Inferred: the unit of sizes is documented nowhere.
        const MEGABYTE: u64 = 1024 * 1024;
        match bytes % MEGABYTE {
            0 => Megabytes::Whole(bytes / MEGABYTE),
            _ => Megabytes::Fraction(bytes as f64 / MEGABYTE as f64),
        }
    }
}

pub(crate) fn overview(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (registry, number) = (input.registry(), input.caller()?.account);
    let account = state.account(number);
    let totals = state.totals(registry, number);
    Ok(Outcome::json(&OverviewView {
        domain_id: &account.id,
        domain_name: &account.name,
        namspace_num: state.namespaces_of(registry, number).count(),
        repo_num: state.repo_count(registry, number),
        image_num: totals.images,
        store_space: Megabytes::of(totals.bytes),
        downflow_size: Megabytes::of(totals.downflow),
    }))
}

#[derive(Serialize)]
struct ReportRow {
    date: String,
    value: Megabytes,
}

pub(crate) fn report(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let kinds = [
        ("store", ReportKind::Store),
        ("downflow", ReportKind::Downflow),
    ];
    let kind = one_of("resource_type", &input.param("resource_type"), &kinds)?;
    let frequencies = [("daily", Frequency::Daily), ("monthly", Frequency::Monthly)];
    let frequency = one_of("frequency", &input.param("frequency"), &frequencies)?;
    let account = input.caller()?.account;
    let report = state.report(input.registry(), account, (kind, frequency));
    let rows: Vec<ReportRow> = report
        .into_iter()
        .map(|(begin, bytes)| ReportRow {
            date: begin.date(),
            value: Megabytes::of(bytes),
        })
        .collect();
    Ok(Outcome::json(&rows))
}

/// All flags of the live service. The documents list only 8 to 12 of them.
#[derive(Serialize)]
struct GatesView {
    enable_experience: bool,
    enable_hss_service: bool,
    enable_image_scan: bool,
    enable_sm3: bool,
    enable_image_sync: bool,
    enable_cci_service: bool,
    enable_image_label: bool,
    enable_pipeline: bool,
    enable_authorization_token: bool,
    enable_resource: bool,
    enable_list_v3: bool,
    enable_image_quota: bool,
    enable_cosign_signature: bool,
    enable_enterprise_edition_link: bool,
    enable_customize_validity_period: bool,
    swr_util_download_url: &'static str,
}

pub(crate) fn gates(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let quota = state.account(input.caller()?.account).quota;
    Ok(Outcome::json(&GatesView {
        enable_experience: true,
        enable_hss_service: true,
        enable_image_scan: true,
        enable_sm3: false,
        enable_image_sync: true,
        enable_cci_service: true,
        enable_image_label: false,
        enable_pipeline: true,
        enable_authorization_token: true,
        enable_resource: true,
        enable_list_v3: true,
        // Inferred: enabled if the account has a quota for repositories or tags.
        enable_image_quota: quota.repos.or(quota.tags).is_some(),
        enable_cosign_signature: true,
        enable_enterprise_edition_link: false,
        enable_customize_validity_period: true,
        swr_util_download_url: "",
    }))
}

#[derive(Serialize)]
struct RegionRow<'a> {
    #[serde(rename = "regionID")]
    region_id: &'a str,
}

/// Lists all regions, including the server's own (live).
pub(crate) fn regions(state: &mut State, _: &Input<'_>) -> Result<Outcome, Denied> {
    let regions = state.regions();
    let rows: Vec<RegionRow<'_>> = regions.map(|region_id| RegionRow { region_id }).collect();
    Ok(Outcome::json(&rows))
}

#[derive(Serialize)]
struct AgencyView<'a> {
    domain_id: &'a str,
    is_agency: bool,
}

pub(crate) fn agency(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let account = state.account(input.caller()?.account);
    Ok(Outcome::json(&AgencyView {
        domain_id: &account.id,
        is_agency: account.has_agency,
    }))
}

/// Creates the agency. The API has no operation to delete it.
pub(crate) fn create_agency(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.create_agency(input.caller()?)?;
    Ok(Outcome::empty())
}
