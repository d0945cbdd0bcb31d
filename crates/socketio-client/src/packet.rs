//! Socket.IO protocol 5: the packets inside Engine.IO messages.
//!
//! `parse` borrows and never panics; payloads stay JSON text. Binary packets
//! are recognised, so that they can be refused by name.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::arguments::Arguments;

/// Why a packet cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// It is not what the protocol says.
    #[error("malformed packet: {0}")]
    Malformed(&'static str),
    /// The payload is no JSON of the right shape.
    #[error("malformed payload of a packet")]
    Payload(#[source] serde_json::Error),
    /// The server sent binary data, which this client does not read.
    #[error("a packet with binary data, which this client does not support")]
    Binary,
}

/// A packet and the namespace that it is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) body: Body<'a>,
}

/// What a packet says. Payloads are JSON text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body<'a> {
    Connect(&'a str),
    Disconnect,
    Event {
        ack_id: Option<u64>,
        payload: &'a str,
    },
    Ack {
        id: u64,
        payload: &'a str,
    },
    ConnectError(&'a str),
}

impl<'a> Packet<'a> {
    /// Reads type, namespace and acknowledgement id; leaves the payload as it is.
    pub(crate) fn parse(text: &'a str) -> Result<Self, PacketError> {
        let (kind, rest) = text
            .split_at_checked(1)
            .ok_or(PacketError::Malformed("no type"))?;
        if matches!(kind, "5" | "6") {
            return Err(PacketError::Binary);
        }
        let (namespace, rest) = if rest.starts_with('/') {
            rest.split_once(',').unwrap_or((rest, ""))
        } else {
            ("/", rest)
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, payload) = rest.split_at(digits);
        let ack_id = match id {
            "" => None,
            id => Some(
                id.parse()
                    .map_err(|_| PacketError::Malformed("acknowledgement id"))?,
            ),
        };
        let body = match kind {
            "0" => Body::Connect(rest),
            "1" => Body::Disconnect,
            "2" => Body::Event { ack_id, payload },
            "3" => {
                let id = ack_id.ok_or(PacketError::Malformed("acknowledgement without id"))?;
                Body::Ack { id, payload }
            }
            "4" => Body::ConnectError(rest),
            _ => return Err(PacketError::Malformed("unknown type")),
        };
        Ok(Self { namespace, body })
    }
}

/// Splits an event's payload into its name and its arguments.
pub(crate) fn parse_event(payload: &str) -> Result<(String, Arguments), PacketError> {
    let mut items = parse_list(payload)?;
    if items.is_empty() {
        return Err(PacketError::Malformed("event without a name"));
    }
    let name = serde_json::from_str(items.remove(0).get()).map_err(PacketError::Payload)?;
    Ok((name, Arguments::from(items)))
}

/// Reads the payload of an acknowledgement.
pub(crate) fn parse_answer(payload: &str) -> Result<Arguments, PacketError> {
    parse_list(payload).map(Arguments::from)
}

/// The socket's id in the answer to a connect packet.
pub(crate) fn parse_sid(payload: &str) -> Result<String, PacketError> {
    #[derive(Deserialize)]
    struct Connect {
        sid: String,
    }
    let connect: Connect = serde_json::from_str(payload).map_err(PacketError::Payload)?;
    Ok(connect.sid)
}

/// Message and data of a refusal. Whatever is no object is the message itself.
pub(crate) fn parse_refusal(payload: &str) -> (String, Option<Box<RawValue>>) {
    #[derive(Deserialize)]
    struct ConnectError {
        message: String,
        data: Option<Box<RawValue>>,
    }
    match serde_json::from_str::<ConnectError>(payload) {
        Ok(refusal) => (refusal.message, refusal.data),
        Err(_) => (
            serde_json::from_str(payload).unwrap_or_else(|_| payload.to_owned()),
            None,
        ),
    }
}

/// What goes between the packet's type and its id.
pub(crate) fn namespace_part(namespace: &str) -> String {
    if namespace == "/" {
        String::new()
    } else {
        format!("{namespace},")
    }
}

fn parse_list(payload: &str) -> Result<Vec<Box<RawValue>>, PacketError> {
    serde_json::from_str(payload).map_err(PacketError::Payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn namespace_id_and_payload_are_split() {
        let event = |ack_id, payload| Body::Event { ack_id, payload };
        let cases = [
            ("2[\"a\"]", "/", event(None, "[\"a\"]")),
            ("213[\"a\",1]", "/", event(Some(13), "[\"a\",1]")),
            ("2/agent,[\"a\"]", "/agent", event(None, "[\"a\"]")),
            (
                "2/agent,0[\"a/,b\"]",
                "/agent",
                event(Some(0), "[\"a/,b\"]"),
            ),
            (
                "3/agent,7[]",
                "/agent",
                Body::Ack {
                    id: 7,
                    payload: "[]",
                },
            ),
            (
                "0/agent,{\"sid\":\"x\"}",
                "/agent",
                Body::Connect("{\"sid\":\"x\"}"),
            ),
            ("1/agent", "/agent", Body::Disconnect),
            ("1/agent,", "/agent", Body::Disconnect),
            ("1", "/", Body::Disconnect),
            ("44", "/", Body::ConnectError("4")),
        ];
        for (text, namespace, body) in cases {
            assert_eq!(
                Packet::parse(text).unwrap(),
                Packet { namespace, body },
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_packet_is_an_error() {
        for text in ["", "9", "3[]", "é", "299999999999999999999999[]"] {
            assert!(
                matches!(Packet::parse(text), Err(PacketError::Malformed(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn binary_packets_are_recognised() {
        let text = "51-/agent,[\"a\",{\"_placeholder\":true,\"num\":0}]";
        assert!(matches!(Packet::parse(text), Err(PacketError::Binary)));
    }

    #[test]
    fn an_event_needs_a_name() {
        assert!(matches!(parse_event("[]"), Err(PacketError::Malformed(_))));
        assert!(matches!(parse_event("[1]"), Err(PacketError::Payload(_))));
        assert!(matches!(parse_event("{}"), Err(PacketError::Payload(_))));
        let (name, arguments) = parse_event(r#"["sum", 1.0, {"b" : 2}]"#).unwrap();
        assert_eq!((name.as_str(), arguments.len()), ("sum", 2));
        assert_eq!(arguments.get(1).unwrap().get(), r#"{"b" : 2}"#);
    }

    #[test]
    fn a_refusal_keeps_its_words_in_every_shape() {
        let (message, data) = parse_refusal(r#"{"message":"no","data":{"code":4}}"#);
        assert_eq!(
            (message.as_str(), data.unwrap().get()),
            ("no", r#"{"code":4}"#)
        );
        assert_eq!(parse_refusal("\"no\"").0, "no");
        assert_eq!(parse_refusal("no").0, "no");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Packet::parse(&text);
            let _ = parse_event(&text);
            let _ = parse_answer(&text);
            let _ = parse_sid(&text);
            let _ = parse_refusal(&text);
        }

        #[test]
        fn nothing_that_looks_like_a_packet_panics(
            text in "[0-6](/[a-z,]{0,4})?[0-9]{0,22}[\\[\\]{}\",a-z0-9 ]{0,20}",
        ) {
            if let Ok(Packet { body: Body::Event { payload, .. }, .. }) = Packet::parse(&text) {
                let _ = parse_event(payload);
            }
        }

        #[test]
        fn what_is_written_is_read_back(
            namespace in prop_oneof![Just("/".to_owned()), "/[a-z]{1,8}"],
            id in any::<Option<u64>>(),
            name in any::<String>(),
        ) {
            let payload = serde_json::to_string(&[&name]).unwrap();
            let id_text = id.map(|id| id.to_string()).unwrap_or_default();
            let text = format!("2{}{id_text}{payload}", namespace_part(&namespace));
            let packet = Packet::parse(&text).unwrap();
            prop_assert_eq!(packet.namespace, namespace);
            prop_assert_eq!(packet.body, Body::Event { ack_id: id, payload: &payload });
            prop_assert_eq!(parse_event(&payload).unwrap().0, name);
        }
    }
}
