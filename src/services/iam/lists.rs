//! Lists of projects, accounts, regions and users.

use serde::Serialize;

use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::services::paging::{MAX_PER_PAGE, PAGE_NUMBER, Paging};
use crate::state::{State, UserState};

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    own: String,
}

/// The links of a list.
#[derive(Serialize)]
struct ListLinks {
    #[serde(rename = "self")]
    own: String,
    next: Option<String>,
    previous: Option<String>,
}

/// The links of a list on a single page.
fn list_links(input: &Input<'_>) -> ListLinks {
    ListLinks {
        own: link(input, input.request.head.path()),
        next: None,
        previous: None,
    }
}

fn link(input: &Input<'_>, path: &str) -> String {
    format!("{}{path}", input.advertised.url(Door::Api))
}

#[derive(Serialize)]
struct ProjectList {
    projects: Vec<ProjectView>,
    links: ListLinks,
}

#[derive(Serialize)]
struct AuthProjectList {
    projects: Vec<ProjectView>,
    links: Links,
}

#[derive(Serialize)]
struct ProjectView {
    id: String,
    name: String,
    domain_id: String,
    parent_id: String,
    enabled: bool,
    is_domain: bool,
    description: &'static str,
    links: Links,
}

/// Without a page from the client, a list is complete.
const PAGING: Paging<usize> = Paging {
    style: PAGE_NUMBER,
    default: usize::MAX,
    max: MAX_PER_PAGE,
};

/// Lists the caller's projects that match the query. There is one project for each region, with the region's name.
pub(crate) fn projects(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let page = PAGING.read(&input.parameters())?;
    let projects = own_projects(state, input)?;
    let parameters = ["name", "domain_id", "parent_id", "enabled", "is_domain"];
    let [name, domain_id, parent_id, enabled, is_domain] =
        parameters.map(|name| input.query_value(name));
    let matches = |requested: &Option<String>, value: &str| {
        let requested = requested.as_deref();
        requested.is_none_or(|requested| requested == value)
    };
    let is_unknown = |name: &&String| !projects.iter().any(|project| project.name == **name);
    let unknown = name.as_ref().filter(is_unknown);
    let hint = unknown.map(|name| state.why_no_project(input.registry(), name));
    let found = projects.into_iter().filter(|project| {
        matches(&name, &project.name)
            && matches(&domain_id, &project.domain_id)
            && matches(&parent_id, &project.parent_id)
            && matches(&enabled, "true")
            && matches(&is_domain, "false")
    });
    let outcome = Outcome::json(&ProjectList {
        projects: page.cut(found).rows,
        links: list_links(input),
    });
    Ok(outcome.hint(hint))
}

pub(crate) fn auth_projects(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    Ok(Outcome::json(&AuthProjectList {
        projects: own_projects(state, input)?,
        links: Links {
            own: link(input, "/v3/auth/projects"),
        },
    }))
}

fn own_projects(state: &State, input: &Input<'_>) -> Result<Vec<ProjectView>, Denied> {
    let account = input.caller()?.account;
    let domain_id = &state.account(account).id;
    let project = |region: &std::sync::Arc<str>| {
        let id = state.project_id(account, region);
        ProjectView {
            name: region.to_string(),
            domain_id: domain_id.to_string(),
            parent_id: domain_id.to_string(),
            enabled: true,
            is_domain: false,
            description: "",
            links: Links {
                own: link(input, &format!("/v3/projects/{id}")),
            },
            id: id.to_string(),
        }
    };
    Ok(state.regions().map(project).collect())
}

#[derive(Serialize)]
struct DomainList<'a> {
    domains: [DomainView<'a>; 1],
    links: Links,
}

#[derive(Serialize)]
struct DomainView<'a> {
    id: &'a str,
    name: &'a str,
    enabled: bool,
    description: &'a str,
    links: Links,
}

pub(crate) fn auth_domains(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let account = state.account(input.caller()?.account);
    Ok(Outcome::json(&DomainList {
        domains: [DomainView {
            id: &account.id,
            name: &account.name,
            enabled: true,
            description: "",
            links: Links {
                own: link(input, &format!("/v3/domains/{}", account.id)),
            },
        }],
        links: Links {
            own: link(input, "/v3/auth/domains"),
        },
    }))
}

#[derive(Serialize)]
struct RegionList<'a> {
    regions: Vec<RegionView<'a>>,
    links: ListLinks,
}

#[derive(Serialize)]
struct RegionView<'a> {
    id: &'a str,
    r#type: &'a str,
    description: &'a str,
    parent_region_id: Option<&'a str>,
    locales: Locales<'a>,
    links: Links,
}

#[derive(Serialize)]
struct Locales<'a> {
    #[serde(rename = "en-us")]
    english: &'a str,
    #[serde(rename = "zh-cn")]
    chinese: &'a str,
}

pub(crate) fn regions(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let region = |id| RegionView {
        id,
        r#type: "public",
        description: "",
        parent_region_id: None,
        locales: Locales {
            english: id,
            chinese: id,
        },
        links: Links {
            own: link(input, &format!("/v3/regions/{id}")),
        },
    };
    Ok(Outcome::json(&RegionList {
        regions: state.regions().map(|id| region(&**id)).collect(),
        links: list_links(input),
    }))
}

#[derive(Serialize)]
struct UserList<'a> {
    users: Vec<UserView<'a>>,
    links: ListLinks,
}

#[derive(Serialize)]
struct OneUser<'a> {
    user: UserView<'a>,
}

#[derive(Serialize)]
struct UserView<'a> {
    id: &'a str,
    name: &'a str,
    domain_id: &'a str,
    enabled: bool,
    description: &'a str,
    pwd_status: bool,
    password_expires_at: Option<&'a str>,
    links: Links,
}

/// Lists the users that the caller can see: administrators see all users of the account, others see themselves.
/// Inferred, because terraform signs in as any user and reads its own name from this list.
pub(crate) fn users(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let wanted = input.query_value("name");
    let caller = input.caller()?;
    let users = state.visible_users(caller, wanted.as_deref());
    let users: Vec<UserView<'_>> = users
        .into_iter()
        .map(|user| view(state, input, user))
        .collect();
    let missed = wanted.filter(|_| users.is_empty());
    let hint = missed.map(|name| state.why_no_user(caller, &name));
    let outcome = Outcome::json(&UserList {
        users,
        links: list_links(input),
    });
    Ok(outcome.hint(hint))
}

pub(crate) fn user(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let user = state.visible_user(input.caller()?, &input.param("user_id"))?;
    Ok(Outcome::json(&OneUser {
        user: view(state, input, user),
    }))
}

#[derive(Serialize)]
struct UserDetails<'a> {
    user: DetailedView<'a>,
}

/// The keys and the structure of the documented example.
#[derive(Serialize)]
struct DetailedView<'a> {
    id: &'a str,
    name: &'a str,
    domain_id: &'a str,
    enabled: bool,
    description: &'a str,
    is_domain_owner: bool,
    access_mode: &'a str,
    /// Whether the password must be changed.
    pwd_status: bool,
    pwd_strength: &'a str,
    areacode: &'a str,
    phone: &'a str,
    email: &'a str,
    xuser_id: &'a str,
    xuser_type: &'a str,
    create_time: Option<&'a str>,
    update_time: Option<&'a str>,
    last_login_time: Option<&'a str>,
    links: ListLinks,
}

/// Shows a user with the details of the newer operation.
pub(crate) fn user_details(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let user = state.visible_user(input.caller()?, &input.param("user_id"))?;
    Ok(Outcome::json(&UserDetails {
        user: DetailedView {
            id: &user.id,
            name: &user.name,
            domain_id: &state.account(user.account).id,
            enabled: true,
            description: "",
            is_domain_owner: state.is_root(user),
            access_mode: "default",
            pwd_status: false,
            pwd_strength: "Strong",
            areacode: "",
            phone: "-",
            email: "",
            xuser_id: "",
            xuser_type: "",
            create_time: None,
            update_time: None,
            last_login_time: None,
            links: list_links(input),
        },
    }))
}

fn view<'a>(state: &'a State, input: &Input<'_>, user: &'a UserState) -> UserView<'a> {
    UserView {
        id: &user.id,
        name: &user.name,
        domain_id: &state.account(user.account).id,
        enabled: true,
        description: "",
        pwd_status: true,
        password_expires_at: None,
        links: Links {
            own: link(input, &format!("/v3/users/{}", user.id)),
        },
    }
}
