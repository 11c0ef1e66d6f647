//! Nothing is committed that does not read back as it was put.

use super::columns::select;
use super::contents::{clients, one_client};
use super::statement::{InvalidRow, Statement, Transaction};
use super::{StoreError, rows};
use crate::domain::change::Change;
use crate::domain::model::{Client, KnownClient};

/// Reads what a change has put, in its own transaction, by the reader of every start and of every replica.
pub(super) async fn check(all: &mut impl Transaction, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::PutClient(client) => client_reads_back(all, client).await,
        Change::PutApi(api) => {
            let row = Statement::new(select!(api "WHERE audience = $1")).text(api.audience.as_str());
            same("API", api, only(all, row, rows::api).await?).map(drop)
        }
        Change::PutOrganisation(entry) => {
            let row = Statement::new(select!(organisation "WHERE number = $1")).text(entry.number.as_str());
            same("organisation", entry, only(all, row, rows::organisation).await?).map(drop)
        }
        Change::PutDelegation(delegation) => {
            let row = Statement::new(select!(delegation "WHERE parent = $1 AND supplier = $2"))
                .text(delegation.parent.as_str())
                .text(delegation.supplier.as_str());
            same("delegation", delegation, only(all, row, rows::delegation).await?).map(drop)
        }
        Change::PutPerson(person) => {
            let row =
                Statement::new(select!(person "WHERE short_name = $1")).text(person.short_name.as_str());
            same("person", &**person, only(all, row, rows::person).await?).map(drop)
        }
        Change::PutAccessKey(key) => {
            let row = Statement::new(select!(access_key "WHERE id = $1")).text(&key.entry.id);
            same("access key", key, only(all, row, rows::access_key).await?).map(drop)
        }
        Change::Manage(subject) => {
            let row = Statement::new(select!(managed "WHERE kind = $1 AND id = $2"))
                .text(subject.kind.name())
                .text(&subject.id);
            same("mark of a seed file", subject, only(all, row, rows::subject).await?).map(drop)
        }
        Change::RemoveClient(_)
        | Change::RemoveApi(_)
        | Change::RemoveOrganisation(_)
        | Change::RemoveDelegation(_)
        | Change::RemovePerson(_)
        | Change::RemoveAccessKey(_)
        | Change::RemoveBroken(_)
        | Change::Release(_) => Ok(()),
    }
}

async fn client_reads_back(all: &mut impl Transaction, put: &Client) -> Result<(), StoreError> {
    let (read, broken) = clients(all, one_client(put.id.as_str())).await?;
    if let Some(broken) = broken.into_iter().next() {
        return Err(refused("client", broken.why));
    }
    let read = read.into_iter().next().ok_or_else(|| refused("client", "its row is not there"))?;
    let read = same("client", put, Ok(read))?;
    KnownClient::new(read).map(drop).map_err(|why| refused("client", why))
}

async fn only<X: Transaction, T>(
    all: &mut X,
    statement: Statement,
    read: impl Fn(&X::Row) -> Result<T, InvalidRow>,
) -> Result<Result<T, InvalidRow>, StoreError> {
    let rows = all.rows(statement).await?;
    Ok(rows.first().map_or_else(|| Err(InvalidRow::of("its row is not there")), read))
}

fn same<T: PartialEq>(what: &'static str, put: &T, read: Result<T, InvalidRow>) -> Result<T, StoreError> {
    match read {
        Ok(read) if read == *put => Ok(read),
        Ok(_) => Err(refused(what, "it differs from what was put")),
        Err(why) => Err(refused(what, why)),
    }
}

pub(super) fn refused(what: &'static str, why: impl std::fmt::Display) -> StoreError {
    StoreError::NotReadBack { what, why: why.to_string() }
}
