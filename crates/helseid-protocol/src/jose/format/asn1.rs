//! DER value by value, for structures that few files have; and BER (X.690), which PKCS#12 allows, as DER.

use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use zeroize::Zeroizing;

use super::SecretBytes;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 32;
const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;

/// The one value that `der` is.
pub(super) fn one(der: &[u8]) -> Option<AnyRef<'_>> {
    AnyRef::from_der(der).ok()
}

/// The values inside a SEQUENCE, a SET, or a tag of its own.
pub(super) fn inside(value: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if !value.tag().is_constructed() {
        return None;
    }
    let mut reader = SliceReader::new(value.value()).ok()?;
    let mut values = Vec::new();
    while !reader.is_finished() {
        values.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(values)
}

/// The values inside the SEQUENCE that `der` is.
pub(super) fn sequence(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    inside(one(der).filter(|value| value.tag() == Tag::Sequence)?)
}

/// The one value inside `[number]`.
pub(super) fn tagged(value: AnyRef<'_>, number: u8) -> Option<AnyRef<'_>> {
    match (is_tagged(value, number), inside(value)?.as_slice()) {
        (true, [only]) => Some(*only),
        _ => None,
    }
}

/// Whether the value stands under `[number]`.
pub(super) fn is_tagged(value: AnyRef<'_>, number: u8) -> bool {
    matches!(value.tag(), Tag::ContextSpecific { number: own, .. } if own.value() == u32::from(number))
}

/// An OBJECT IDENTIFIER.
pub(super) fn oid(value: AnyRef<'_>) -> Option<ObjectIdentifier> {
    value.decode_as().ok()
}

/// An OCTET STRING.
pub(super) fn octets(value: AnyRef<'_>) -> Option<&[u8]> {
    value.decode_as::<&OctetStringRef>().ok().map(OctetStringRef::as_bytes)
}

/// An INTEGER of at most 32 bits.
pub(super) fn number(value: AnyRef<'_>) -> Option<u32> {
    value.decode_as().ok()
}

/// `AlgorithmIdentifier`: which one, and its parameters.
pub(super) fn algorithm(value: AnyRef<'_>) -> Option<(ObjectIdentifier, Option<AnyRef<'_>>)> {
    match inside(value)?.as_slice() {
        [name] => Some((oid(*name)?, None)),
        [name, parameters] => Some((oid(*name)?, Some(*parameters))),
        _ => None,
    }
}

/// The first value in `ber` as DER: every length is definite, and a string in pieces is one. What follows is left out.
pub(super) fn in_der(ber: &[u8]) -> Option<SecretBytes> {
    value(ber, 0).map(|(value, _)| value)
}

fn value(ber: &[u8], depth: usize) -> Option<(SecretBytes, &[u8])> {
    let (&tag, rest) = ber.split_first()?;
    // Tags of several bytes stand in no key file.
    if depth > MAX_DEPTH || tag & 0x1f == 0x1f {
        return None;
    }
    let (length, rest) = length(rest)?;
    if tag & CONSTRUCTED == 0 {
        let (content, rest) = rest.split_at_checked(length?)?;
        return Some((written(tag, &[content]), rest));
    }
    let (mut left, after) = match length {
        Some(length) => rest.split_at_checked(length)?,
        None => (rest, [].as_slice()),
    };
    let is_string = tag == OCTET_STRING | CONSTRUCTED;
    let mut content = SecretBytes::default();
    let rest = loop {
        match (length, left) {
            (Some(_), []) => break after,
            (None, [0, 0, rest @ ..]) => break rest,
            _ => {}
        }
        let (piece, rest) = value(left, depth + 1)?;
        match is_string {
            true => content.extend_from_slice(octets(one(&piece)?)?),
            false => content.extend_from_slice(&piece),
        }
        left = rest;
    };
    let tag = if is_string { OCTET_STRING } else { tag };
    Some((written(tag, &[&content]), rest))
}

/// A length, none if it is indefinite.
fn length(ber: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let (&first, rest) = ber.split_first()?;
    match first {
        0x80 => Some((None, rest)),
        short if short < 0x80 => Some((Some(usize::from(short)), rest)),
        long => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let add = |sum: usize, byte: &u8| sum.checked_mul(256)?.checked_add(usize::from(*byte));
            Some((Some(bytes.iter().try_fold(0, add)?), rest))
        }
    }
}

/// A value in DER with this content.
pub(super) fn written(tag: u8, content: &[&[u8]]) -> SecretBytes {
    let length: usize = content.iter().map(|part| part.len()).sum();
    let mut der = Zeroizing::new(Vec::with_capacity(length + 6));
    der.push(tag);
    let bytes = length.to_be_bytes();
    let bytes = bytes.get(length.leading_zeros() as usize / 8..).unwrap_or_default();
    match (length, u8::try_from(bytes.len())) {
        (0..0x80, _) => der.extend(bytes.last().or(Some(&0))),
        (_, Ok(count)) => {
            der.push(0x80 | count);
            der.extend_from_slice(bytes);
        }
        (_, Err(_)) => {}
    }
    content.iter().for_each(|part| der.extend_from_slice(part));
    der
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(ber: &[u8]) -> Option<Vec<u8>> {
        in_der(ber).map(|der| der.to_vec())
    }

    #[test]
    fn ber_becomes_der() {
        for (ber, expected) in [
            (&[0x30, 0x80, 0x02, 0x01, 0x03, 0, 0][..], &[0x30, 0x03, 0x02, 0x01, 0x03][..]),
            (&[0x30, 0x81, 0x03, 0x02, 0x01, 0x03], &[0x30, 0x03, 0x02, 0x01, 0x03]),
            (&[0x24, 0x80, 0x04, 0x01, 7, 0x24, 0x80, 0x04, 0x01, 8, 0, 0, 0, 0], &[0x04, 0x02, 7, 8]),
            (&[0xa0, 0x80, 0x24, 0x03, 0x04, 0x01, 9, 0, 0], &[0xa0, 0x03, 0x04, 0x01, 9]),
            (&[0x30, 0x00, 0x0a], &[0x30, 0x00]),
        ] {
            assert_eq!(der(ber).as_deref(), Some(expected), "{ber:02x?}");
        }
        let long = [&[0x04, 0x82, 0x01, 0x00][..], &[5; 256]].concat();
        assert_eq!(der(&long), Some(long.clone()));
    }

    #[test]
    fn broken_ber_is_refused() {
        for ber in [
            &[][..],
            &[0x30],
            &[0x30, 0x80, 0x02, 0x01, 0x03],
            &[0x30, 0x05, 0x02, 0x01, 0x03],
            &[0x04, 0x80, 0, 0],
            &[0x24, 0x03, 0x02, 0x01, 0x03],
            &[0x1f, 0x81, 0x01, 0x00],
            &[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(der(ber), None, "{ber:02x?}");
        }
        assert_eq!(der(&[0x30, 0x80].repeat(10_000)), None);
    }
}
