//! `helseid-login` in a real browser: an app of two replicas over one SQLite file, on a site of its own, reached directly and
//! behind nginx with a prefix. Every story is told in both places; the clock is moved, not waited for. What takes the seconds of these
//! two tests is the browser, which all stories of one place share.
//!
//! | file | what |
//! | --- | --- |
//! | [`place`] | the authority, the app, what stands before it, and the browser |
//! | [`app`] | the app's replicas |
//! | [`pages`] | its pages, and the API that it calls |
//! | [`logins`] | logins, and what tabs, the back button and time do to them |
//! | [`changes`] | another level, another organisation |
//! | [`endings`] | logouts, sessions that end, and those that outlive the process |
//! | [`tossed`] | a cookie of a sibling's |

mod app;
mod changes;
mod endings;
mod logins;
mod pages;
mod place;
mod tossed;

use place::{Place, Way};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_story_of_the_library_ends_well_on_a_site_of_its_own() {
    tell(&Place::new(Way::Direct).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_story_of_the_library_ends_well_behind_nginx_with_a_prefix() {
    tell(&Place::new(Way::Nginx).await).await;
}

/// One after the other, each with a browser that knows nothing.
async fn tell(place: &Place) {
    logins::a_person_logs_in_and_calls_an_api_before_and_after_a_refresh(place).await;
    logins::two_tabs_log_in_at_once(place).await;
    logins::the_back_button_and_the_callback_once_more_lead_on(place).await;
    logins::a_late_callback_begins_again_by_itself(place).await;
    changes::a_step_up_that_is_broken_off_leaves_the_person_logged_in(place).await;
    changes::another_organisation_is_chosen_and_a_form_of_the_one_before_is_refused(place).await;
    endings::a_logout_here_ends_the_login_at_the_authority_too(place).await;
    endings::a_logout_at_the_authority_ends_the_session_here(place).await;
    endings::a_form_is_half_filled_in_when_the_session_ends(place).await;
    endings::a_session_outlives_the_process(place).await;
    tossed::a_login_that_a_sibling_put_into_the_browser_is_not_gone_on_with(place).await;
    place.ends_well().await;
}
