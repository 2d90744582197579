//! Time and ids. No other module may read the wall clock or generate ids.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::base::digits::{two_digits, write_hex};

/// An instant of the service's clock, in microseconds, which is the resolution of the real service.
///
/// The years are 0 to 9999, the range of RFC 3339. Earlier and later instants are clamped to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time(i64);

const DAY: i64 = 86_400_000_000;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl Time {
    /// 0000-01-01T00:00:00Z
    const FIRST: Time = Time(-62_167_219_200_000_000);
    /// An instant that no clock reaches.
    pub(crate) const NEVER: Time = Time::LAST;
    /// 9999-12-31T23:59:59.999999Z
    const LAST: Time = Time(253_402_300_799_999_999);

    const fn at(micros: i64) -> Time {
        match micros {
            micros if micros < Time::FIRST.0 => Time::FIRST,
            micros if micros > Time::LAST.0 => Time::LAST,
            micros => Time(micros),
        }
    }

    /// Parses RFC 3339, with any offset.
    pub(crate) fn parse(text: &str) -> Result<Time, String> {
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Ok(Time::at(timestamp.as_microsecond())),
            Err(error) => Time::parse_at_the_end(text).ok_or_else(|| {
                format!("`{text}` is not an RFC 3339 time such as 2026-01-31T08:00:00Z: {error}")
            }),
        }
    }

    /// Parses a time in the last hours of the year 9999, which are out of range for `Timestamp`.
    fn parse_at_the_end(text: &str) -> Option<Time> {
        let pieces = Pieces::parse(text).ok()?;
        let (time, offset) = (pieces.time()?, pieces.to_numeric_offset()?);
        let since = pieces.date().to_datetime(time).duration_since(EPOCH);
        let since = since - SignedDuration::from_secs(i64::from(offset.seconds()));
        Some(Time::at(i64::try_from(since.as_micros()).ok()?))
    }

    /// Parses the format of signatures: `20260131T080000Z`. Clients never write a leap second.
    pub(crate) fn parse_basic(text: &str) -> Option<Time> {
        let is_basic = text.len() == 16
            && text.bytes().enumerate().all(|(place, byte)| match place {
                8 => byte == b'T',
                13 => (b'0'..=b'5').contains(&byte),
                15 => byte == b'Z',
                _ => byte.is_ascii_digit(),
            });
        is_basic.then(|| Time::parse(text).ok())?
    }

    /// The time of the wall clock, which clients sign with.
    pub(crate) fn wall() -> Time {
        Clock::wall().now()
    }

    pub(crate) fn after(self, duration: Duration) -> Time {
        Time::at(self.0.saturating_add(micros(duration)))
    }

    pub(crate) fn before(self, duration: Duration) -> Time {
        Time::at(self.0.saturating_sub(micros(duration)))
    }

    pub(crate) fn system(self) -> SystemTime {
        let distance = Duration::from_micros(self.0.unsigned_abs());
        if self.0 >= 0 {
            UNIX_EPOCH + distance
        } else {
            UNIX_EPOCH - distance
        }
    }

    pub(crate) fn of_system(time: SystemTime) -> Time {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Time(0).after(since),
            Err(error) => Time(0).before(error.duration()),
        }
    }

    /// Whole seconds since 1970.
    pub(crate) fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The next midnight, in UTC.
    pub(crate) fn next_midnight(self) -> Time {
        Time::at((self.0.div_euclid(DAY) + 1) * DAY)
    }

    /// The starts of the last `count` days in UTC, including the current day.
    pub(crate) fn last_days(self, count: u32) -> Vec<Time> {
        let ago = |count: u32| self.next_midnight().before(days(u64::from(count)));
        (1..=count).rev().map(ago).collect()
    }

    /// The starts of the last `count` months in UTC, including the current month.
    pub(crate) fn last_months(self, count: u32) -> Vec<Time> {
        let date = self.civil();
        let month = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        let begin = |month: i32| {
            let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
            Time::parse(&format!("{year:04}-{month:02}-01T00:00:00Z")).unwrap_or(self)
        };
        let first = month + 1 - i32::try_from(count).unwrap_or(0);
        (first..=month).map(begin).collect()
    }

    /// The date: `2026-01-31`.
    pub(crate) fn date(self) -> String {
        self.civil().date().to_string()
    }

    fn civil(self) -> DateTime {
        match Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => Offset::UTC.to_datetime(timestamp),
            Err(_) => EPOCH.saturating_add(SignedDuration::from_micros(self.0)),
        }
    }

    /// The format of the `Date` header.
    pub(crate) fn http_date(self) -> String {
        // `httpdate` does not support years before 1970.
        httpdate::fmt_http_date(Time(self.0.max(0)).system())
    }
}

/// RFC 3339 in UTC with microseconds. Trailing zeros are cut, except for one digit: some clients, such as a function of
/// SberCloud, parse `%S.%fZ` and need a fraction. A precision sets the number of digits.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, mut end) = self.digits();
        end = match f.precision() {
            Some(digits) => FRACTION + digits.min(6),
            None => end,
        };
        f.write_str(std::str::from_utf8(&text[..end]).unwrap_or_default())?;
        f.write_str("Z")
    }
}

/// Where the digits of the fraction begin in `2026-01-31T08:00:00.000000`.
const FRACTION: usize = 20;

impl Time {
    /// The digits of a time, and their length without trailing zeros. They are not written with `fmt`, because most
    /// responses contain several times.
    fn digits(self) -> ([u8; FRACTION + 6], usize) {
        let time = self.civil();
        let mut text = *b"0000-00-00T00:00:00.000000";
        let mut write = |place: usize, value: u32| {
            text[place..place + 2].copy_from_slice(&two_digits(value));
        };
        let year = u32::from(time.year().unsigned_abs());
        write(0, year / 100);
        write(2, year);
        write(5, u32::from(time.month().unsigned_abs()));
        write(8, u32::from(time.day().unsigned_abs()));
        write(11, u32::from(time.hour().unsigned_abs()));
        write(14, u32::from(time.minute().unsigned_abs()));
        write(17, u32::from(time.second().unsigned_abs()));
        let micros = time.subsec_nanosecond().unsigned_abs() / 1000;
        write(FRACTION, micros / 10_000);
        write(FRACTION + 2, micros / 100);
        write(FRACTION + 4, micros);
        let mut end = text.len();
        while end > FRACTION + 1 && text[end - 1] == b'0' {
            end -= 1;
        }
        (text, end)
    }
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (text, end) = self.digits();
        let mut line = [b'Z'; FRACTION + 7];
        line[..end].copy_from_slice(&text[..end]);
        serializer.serialize_str(std::str::from_utf8(&line[..=end]).unwrap_or_default())
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The latest time of a clock. Credentials that are valid for a day can still expire after it.
const LAST_NOW: Time = Time(Time::LAST.0 - 2 * DAY);
/// Microseconds from the first instant to the last.
const LONGEST: i64 = Time::LAST.0 - Time::FIRST.0;

/// The service's clock: the wall clock or a frozen instant, plus the time that the test advanced.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    frozen: Option<Time>,
    /// Microseconds, negative for a clock that is behind the wall clock.
    ahead: i64,
}

impl Clock {
    pub(crate) fn wall() -> Clock {
        Clock {
            frozen: None,
            ahead: 0,
        }
    }

    pub(crate) fn frozen_at(time: Time) -> Clock {
        Clock {
            frozen: Some(time),
            ahead: 0,
        }
    }

    pub(crate) fn now(&self) -> Time {
        let base = self.frozen.unwrap_or_else(wall);
        Time::at(base.0.saturating_add(self.ahead)).min(LAST_NOW)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead = self.ahead.saturating_add(micros(by)).min(LONGEST);
    }

    /// Sets the time. A frozen clock stays frozen, and one that follows the wall clock goes on from there.
    pub(crate) fn set(&mut self, time: Time) {
        match self.frozen {
            Some(_) => *self = Clock::frozen_at(time),
            None => self.ahead = time.0 - wall().0,
        }
    }

    pub(crate) fn freeze(&mut self) {
        *self = Clock::frozen_at(self.now());
    }

    /// Whether it differs from the wall clock. Responses then need a `Date` of their own.
    pub(crate) fn is_moved(&self) -> bool {
        self.frozen.is_some() || self.ahead != 0
    }

    /// How many seconds it is ahead of the wall clock, negative if it is behind; zero if it is frozen.
    pub(crate) fn ahead_seconds(&self) -> f64 {
        if self.frozen.is_some() {
            0.0
        } else {
            // The quotient of a large number is rounded twice. The parser rounds once.
            let quotient = self.ahead as f64 / 1e6;
            format!("{}e-6", self.ahead).parse().unwrap_or(quotient)
        }
    }

    /// Moves it by seconds, backwards if they are negative.
    pub(crate) fn shift(&mut self, seconds: f64) {
        // A conversion to an integer saturates. The product of a large number is rounded twice.
        let whole = (seconds.trunc() as i64).saturating_mul(1_000_000);
        let by = whole.saturating_add((seconds.fract() * 1e6).round() as i64);
        self.ahead = self.ahead.saturating_add(by).clamp(-LONGEST, LONGEST);
    }

    /// The frozen instant.
    pub(crate) fn frozen(&self) -> Option<Time> {
        self.frozen.map(|_| self.now())
    }
}

fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Time::at(micros(since.unwrap_or_default()))
}

/// Measures real time: how long a call took, when a wait times out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// The time from the start of another stopwatch to the start of this one; zero if the other started later.
    pub(crate) fn started_after(&self, other: &Stopwatch) -> Duration {
        self.0.saturating_duration_since(other.0)
    }
}

/// The ids of one server. They come from counters, so two runs give the same ids.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    objects: u64,
    serials: u64,
    requests: u64,
}

/// The highest id that a world file can set. It leaves room for the ids that follow.
const HIGHEST: u64 = i64::MAX as u64;

impl Ids {
    pub(crate) fn new() -> Ids {
        Ids {
            objects: 1000,
            serials: 0,
            requests: 0,
        }
    }

    /// The next id of an organization or a repository.
    pub(crate) fn object(&mut self) -> u64 {
        self.objects += 1;
        self.objects
    }

    pub(crate) fn last(&self) -> u64 {
        self.objects
    }

    /// The next number of an upload or of issued credentials.
    pub(crate) fn serial(&mut self) -> u64 {
        self.serials += 1;
        self.serials
    }

    /// Continues after this id.
    pub(crate) fn set_last(&mut self, id: u64) {
        self.objects = id.min(HIGHEST);
    }

    /// Continues after this id if it is higher, so that an id of a world file is not issued again.
    pub(crate) fn skip_to(&mut self, id: u64) {
        self.objects = self.objects.max(id.min(HIGHEST));
    }

    /// Continues after the ids of both, so that no id is issued twice.
    pub(crate) fn keep_above(&mut self, other: &Ids) {
        self.objects = self.objects.max(other.objects);
        self.serials = self.serials.max(other.serials);
        self.requests = self.requests.max(other.requests);
    }

    /// The next `X-Request-Id`.
    pub(crate) fn request(&mut self) -> [u8; 32] {
        self.requests += 1;
        hex_id(0x7265_7175_6573_7473, self.requests)
    }
}

/// 32 hex digits derived from a text: the ids of accounts, users and projects.
pub(crate) fn id_of(text: &str) -> String {
    let seed = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let (first, second) = id_parts(seed, text.len() as u64);
    format!("{first:016x}{second:016x}")
}

/// 32 hex digits derived from a seed and a number, in the format of the service's ids.
fn hex_id(seed: u64, number: u64) -> [u8; 32] {
    let (first, second) = id_parts(seed, number);
    let mut digits = [0; 32];
    write_hex(&mut digits[..16], &first.to_be_bytes());
    write_hex(&mut digits[16..], &second.to_be_bytes());
    digits
}

fn id_parts(seed: u64, number: u64) -> (u64, u64) {
    let first = mix(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (first, mix(first ^ seed))
}

/// The finishing step of splitmix64.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A duration of `n` days, for [`MockSwr::advance`](crate::MockSwr::advance).
///
/// ```
/// assert_eq!(mock_swr::days(2).as_secs(), 172_800);
/// ```
pub const fn days(n: u64) -> Duration {
    Duration::from_secs(n.saturating_mul(86_400))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn the_date_of_a_signature_is_read_as_it_was_written(text in "20[0-3][0-9][01][0-9]{3}[Tt ][0-9]{6}[Zz]|[ -~]{16}") {
            if let Some(time) = Time::parse_basic(&text) {
                prop_assert_eq!(format!("{time:.0}").replace(['-', ':', '.'], ""), text);
            }
        }
    }

    #[test]
    fn a_time_is_clamped_to_years_of_four_digits() {
        let last = "9999-12-31T23:59:59.999999Z";
        let first = "0000-01-01T00:00:00.0Z";
        for (text, written) in [
            ("9999-12-31T23:59:59.999999Z", last),
            ("9999-12-31T23:59:59.999999-23:00", last),
            ("9999-12-31T01:00:00+02:00", "9999-12-30T23:00:00.0Z"),
            ("0000-01-01T00:00:00Z", first),
            ("0000-01-01T00:00:00+01:00", first),
            ("-009999-01-03T00:00:00Z", first),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
        ] {
            assert_eq!(Time::parse(text).unwrap().to_string(), written, "{text}");
        }
        let time = Time::parse("2026-01-31T08:00:00Z").unwrap();
        assert_eq!(time.after(Duration::MAX).to_string(), last);
        assert_eq!(time.before(Duration::MAX).to_string(), first);
        assert_eq!(Time::LAST.next_midnight(), Time::LAST);
        for bad in ["9999-12-31T23:59:59", "9999-12-31", "10000-01-01T00:00:00Z"] {
            assert!(Time::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_clock_stops_two_days_before_the_last_time() {
        let mut clock = Clock::wall();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now().to_string(), "9999-12-29T23:59:59.999999Z");
        assert!(clock.now().after(days(1)) > clock.now());
        let clock = Clock::frozen_at(Time::LAST);
        assert_eq!(clock.frozen(), Some(clock.now()));
    }

    proptest! {
        #[test]
        fn every_time_is_read_as_it_is_written(micros in Time::FIRST.0..=Time::LAST.0) {
            let time = Time(micros);
            prop_assert_eq!(Time::parse(&time.to_string()), Ok(time));
        }

        #[test]
        fn every_shift_is_read_as_it_is_written(
            micros in prop_oneof![-1_000_000_000_000_i64..1_000_000_000_000, -LONGEST..=LONGEST],
        ) {
            let clock = Clock { frozen: None, ahead: micros };
            let written = clock.ahead_seconds();
            let mut again = Clock::wall();
            again.shift(written);
            prop_assert_eq!(again.ahead_seconds(), written);
        }
    }
}
