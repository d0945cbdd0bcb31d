//! What is said on one direction of a connection: WebSocket frames with Socket.IO in them, or HTTP.
//!
//! It takes bytes as they come and gives them back whole, cut at the borders of messages, each
//! with what it says. It understands no more than a cut needs: names and the numbers of answers.

/// A piece of a conversation: a whole frame, or bytes of HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// As it came.
    pub(crate) bytes: Vec<u8>,
    /// The name of the message, or the request line.
    pub(crate) message: Option<String>,
    /// Whether somebody waits for an answer.
    pub(crate) awaits_answer: bool,
    /// Its number; REST has none.
    pub(crate) number: Option<String>,
    /// The number of the message that it answers.
    pub(crate) answers: Option<String>,
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub(crate) struct Speech {
    waiting: Vec<u8>,
    is_web_socket: bool,
}

impl Speech {
    /// What is whole after these bytes.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> Vec<Said> {
        self.waiting.extend_from_slice(bytes);
        let mut said = Vec::new();
        if !self.is_web_socket {
            let Some(head) = self.upgrade() else {
                let bytes = std::mem::take(&mut self.waiting);
                let message = request_line(&bytes);
                let awaits_answer = message.is_some();
                said.push(Said {
                    bytes,
                    message,
                    awaits_answer,
                    number: None,
                    answers: None,
                });
                return said;
            };
            self.is_web_socket = true;
            let rest = self.waiting.split_off(head);
            let bytes = std::mem::replace(&mut self.waiting, rest);
            said.push(Said {
                bytes,
                message: None,
                awaits_answer: false,
                number: None,
                answers: None,
            });
        }
        while let Some(frame) = Frame::first(&self.waiting) {
            let rest = self.waiting.split_off(frame.len);
            let bytes = std::mem::replace(&mut self.waiting, rest);
            said.push(socket_io(bytes, &frame.text));
        }
        said
    }

    /// Where the frames begin, if this is the head of a WebSocket. Requests and answers that ask
    /// for one come in one piece: they are small.
    fn upgrade(&self) -> Option<usize> {
        let end = self
            .waiting
            .windows(4)
            .position(|four| four == b"\r\n\r\n")?;
        let head = self.waiting.get(..end)?.to_ascii_lowercase();
        let head = String::from_utf8_lossy(&head);
        head.contains("upgrade: websocket").then_some(end + 4)
    }
}

/// `PUT /api/v1/attempts/…` if these bytes begin a request by REST.
fn request_line(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let (method, path) = line.split_once(' ')?;
    let is_method = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method);
    (is_method && path.starts_with("/api/")).then(|| line.to_owned())
}

/// A Socket.IO packet in an Engine.IO message: `42/agent,17["confirm",{…}]`, `43/agent,17[…]`.
fn socket_io(bytes: Vec<u8>, text: &str) -> Said {
    let mut said = Said {
        bytes,
        message: None,
        awaits_answer: false,
        number: None,
        answers: None,
    };
    let (Some(kind @ ("42" | "43")), Some(rest)) = (text.get(..2), text.get(2..)) else {
        return said;
    };
    let rest = match rest.split_once(',') {
        Some((_, after)) if rest.starts_with('/') => after,
        _ => rest,
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest
        .get(..digits)
        .filter(|digits| !digits.is_empty())
        .map(str::to_owned);
    if kind == "43" {
        said.answers = number;
        return said;
    }
    let name = rest.get(digits..).and_then(|rest| rest.strip_prefix("[\""));
    said.message = name
        .and_then(|rest| rest.split('"').next())
        .map(str::to_owned);
    said.awaits_answer = number.is_some();
    said.number = number;
    said
}

/// The first whole frame of some bytes.
struct Frame {
    len: usize,
    text: String,
}

impl Frame {
    fn first(bytes: &[u8]) -> Option<Self> {
        let second = *bytes.get(1)?;
        let (size, mut at) = match second & 0x7f {
            126 => (
                u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
                4,
            ),
            127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
            size => (u64::from(size), 2),
        };
        let mask = if second & 0x80 == 0 {
            [0; 4]
        } else {
            at += 4;
            bytes.get(at - 4..at)?.try_into().ok()?
        };
        let len = at.checked_add(usize::try_from(size).ok()?)?;
        let masked = bytes.get(at..len)?;
        let payload = masked.iter().zip(mask.iter().cycle());
        let payload: Vec<u8> = payload.map(|(byte, mask)| byte ^ mask).collect();
        let text = String::from_utf8_lossy(&payload).into_owned();
        Some(Self { len, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"GET /socket.io/ HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n";

    fn frame(text: &str, mask: [u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap()];
        bytes.extend(mask);
        bytes.extend(
            text.bytes()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        bytes
    }

    #[test]
    fn masked_messages_are_known_by_name_however_they_are_cut_in_pieces() {
        let mut bytes = HEAD.to_vec();
        bytes.extend(frame(r#"42/agent,17["confirm",{}]"#, [1, 2, 3, 4]));
        bytes.extend(frame(r"43/agent,3[{}]", [9, 8, 7, 6]));

        let (head, rest) = bytes.split_at(HEAD.len());
        let mut speech = Speech::default();
        let mut said = speech.hear(head);
        for byte in rest {
            said.extend(speech.hear(&[*byte]));
        }

        let heard: Vec<u8> = said.iter().flat_map(|said| said.bytes.clone()).collect();
        assert_eq!(heard, bytes, "nothing is changed");
        assert_eq!(said.len(), 3);
        assert_eq!(said[1].message.as_deref(), Some("confirm"));
        assert_eq!(said[1].number.as_deref(), Some("17"));
        assert_eq!(said[2].answers.as_deref(), Some("3"));
    }

    #[test]
    fn rest_is_known_by_its_request_line() {
        let said = Speech::default().hear(b"PUT /api/v1/attempts/1 HTTP/1.1\r\n\r\nbody");
        assert_eq!(
            said[0].message.as_deref(),
            Some("PUT /api/v1/attempts/1 HTTP/1.1")
        );
        assert!(said[0].awaits_answer);
        assert_eq!(
            Speech::default().hear(b"HTTP/1.1 200 OK\r\n\r\n")[0].message,
            None
        );
    }
}
