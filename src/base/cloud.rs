//! The host names of the cloud's services.

/// A service of the cloud that has its own host name in each region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloudService {
    Management,
    Iam,
    Registry,
    Storage,
}

/// The host of IAM in no particular region.
pub(crate) const GLOBAL_IAM: &str = "iam.myhuaweicloud.com";

impl CloudService {
    const ALL: [CloudService; 4] = [
        CloudService::Management,
        CloudService::Iam,
        CloudService::Registry,
        CloudService::Storage,
    ];

    /// The host of the service in a region: `swr-api.cn-north-4.myhuaweicloud.com`.
    pub(crate) fn host(self, region: &str) -> String {
        let service = match self {
            CloudService::Management => "swr-api",
            CloudService::Iam => "iam",
            CloudService::Registry => "swr",
            CloudService::Storage => "obs",
        };
        format!("{service}.{region}.myhuaweicloud.com")
    }
}

/// Whether a host is the name of a service in this region.
pub(crate) fn is_cloud_host(host: &str, region: &str) -> bool {
    let is_host = |name: &str| host.eq_ignore_ascii_case(name);
    let mut services = CloudService::ALL.iter();
    is_host(GLOBAL_IAM) || services.any(|service| is_host(&service.host(region)))
}
