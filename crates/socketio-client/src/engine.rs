//! Engine.IO 4 over WebSocket: one packet a text frame, its type the first character.
//!
//! Used while connecting and by the running connection. Only what a client
//! without polling meets is here; upgrade and probing belong to polling.

use std::time::Duration;

use serde::Deserialize;

/// Longer heartbeats than this would be no heartbeats; the cap also keeps a
/// made-up number from overflowing the clock.
const LONGEST_HEARTBEAT: Duration = Duration::from_secs(24 * 60 * 60);

/// What the server says about the transport when it opens, as every user of a
/// connection may want to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Engine {
    /// The id of the transport. Not the id of the socket.
    pub sid: String,
    /// How often the server pings.
    pub ping_interval: Duration,
    /// How much longer than `ping_interval` a ping may take before the other side counts as gone.
    pub ping_timeout: Duration,
    /// The largest payload in bytes that the server says it takes. Servers
    /// differ in whether they hold WebSocket messages to it.
    pub max_payload: Option<u64>,
}

impl Engine {
    /// The longest silence of a server that is there.
    #[must_use]
    pub fn heartbeat_limit(&self) -> Duration {
        self.ping_interval + self.ping_timeout
    }

    /// Reads the JSON of an open packet.
    pub(crate) fn parse(json: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Open {
            sid: String,
            ping_interval: u64,
            ping_timeout: u64,
            max_payload: Option<u64>,
        }
        let open: Open = serde_json::from_str(json)?;
        let millis = |ms| Duration::from_millis(ms).min(LONGEST_HEARTBEAT);
        Ok(Self {
            sid: open.sid,
            ping_interval: millis(open.ping_interval),
            ping_timeout: millis(open.ping_timeout),
            max_payload: open.max_payload,
        })
    }
}

/// One Engine.IO packet, borrowed from its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnginePacket<'a> {
    Open(&'a str),
    Close,
    Ping(&'a str),
    Message(&'a str),
    /// Pong, upgrade and noop: nothing to do.
    Other,
}

impl<'a> EnginePacket<'a> {
    /// `None` for what is no packet.
    pub(crate) fn parse(frame: &'a str) -> Option<Self> {
        let (kind, rest) = frame.split_at_checked(1)?;
        match kind {
            "0" => Some(Self::Open(rest)),
            "1" => Some(Self::Close),
            "2" => Some(Self::Ping(rest)),
            "4" => Some(Self::Message(rest)),
            "3" | "5" | "6" => Some(Self::Other),
            _ => None,
        }
    }
}

/// The answer to a ping, with the ping's own text.
pub(crate) fn pong(ping: &str) -> String {
    format!("3{ping}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_open_packet_of_the_official_server_is_read() {
        let text = r#"0{"sid":"aT_0","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
        let Some(EnginePacket::Open(json)) = EnginePacket::parse(text) else {
            panic!("{text}")
        };
        let engine = Engine::parse(json).unwrap();
        assert_eq!(engine.sid, "aT_0");
        assert_eq!(engine.heartbeat_limit(), Duration::from_secs(45));
        assert_eq!(engine.max_payload, Some(1_000_000));
    }

    #[test]
    fn a_made_up_interval_is_capped() {
        let json = format!(
            r#"{{"sid":"a","pingInterval":{0},"pingTimeout":{0}}}"#,
            u64::MAX
        );
        assert_eq!(
            Engine::parse(&json).unwrap().heartbeat_limit(),
            2 * LONGEST_HEARTBEAT
        );
    }

    #[test]
    fn each_kind_of_packet_is_told_apart() {
        assert_eq!(EnginePacket::parse("1"), Some(EnginePacket::Close));
        assert_eq!(
            EnginePacket::parse("2probe"),
            Some(EnginePacket::Ping("probe"))
        );
        assert_eq!(
            EnginePacket::parse("42[]"),
            Some(EnginePacket::Message("2[]"))
        );
        assert_eq!(EnginePacket::parse("6"), Some(EnginePacket::Other));
        assert_eq!(EnginePacket::parse("7"), None);
        assert_eq!(EnginePacket::parse(""), None);
        assert_eq!(EnginePacket::parse("é"), None);
    }

    proptest! {
        #[test]
        fn no_frame_panics(frame in any::<String>()) {
            let _ = EnginePacket::parse(&frame);
            let _ = Engine::parse(&frame);
        }
    }
}
