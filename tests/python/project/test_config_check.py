"""A var that is wrong stops the run before anything is built, and says what to write instead."""

import re
import shutil
from pathlib import Path
from typing import Any

import build
import pytest
import yaml
from dbt_project import PROJECT, Run, lay_out, parse, run_dbt
from guest import call, lay_out_guest

ONE_ORDER = {"orders.csv": "order_id,customer_id,ordered_at,amount\n1,anna,2011-06-30,10\n"}

# Vars that are given together, and all that must be said of them: every problem at once, no other.
WRONG_VARS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "wrong kind": (
        {
            "lifecycle_inputs": "orders",
            "lifecycle_input_dir": ["/data"],
            "lifecycle_csv_delimiter": 9,
            "lifecycle_datetime_format": 20110630,
            "lifecycle_double_type": "8",
            "lifecycle_untested_engine": "snowflake",
            "lifecycle_fits": "cloud",
            "lifecycle_money_type": "numeric",
            "lifecycle_earliest_valid_date": 1970,
            "lifecycle_longest_pause_days": "a year",
            "lifecycle_far_share": 0,
            "lifecycle_input_files": "orders.csv",
            "lifecycle_input_tables": ["raw_orders"],
            "lifecycle_input_models": ["fct_orders"],
            "lifecycle_columns": ["cust"],
            "lifecycle_timezone": 8,
            "lifecycle_decimal_mark": 1,
            "lifecycle_amount_factor": 0.01,
            "lifecycle_excluded_statuses": "cancelled",
            "lifecycle_guest_ids": {"orders": "0"},
            "lifecycle_repeated_orders": True,
            "lifecycle_as_of_date": 20110630,
            "lifecycle_latest_valid_date": "tomorrow",
            "lifecycle_period": None,
            "lifecycle_rfm_cuts": 5,
            "lifecycle_rfm_monetary": ["total"],
            "lifecycle_purchase_models": "false",
            "lifecycle_purchase_model": True,
            "lifecycle_model_segment": ["region"],
            "lifecycle_holdout_share": None,
            "lifecycle_holdout_start": 0.25,
            "lifecycle_minimum_purchases": "15",
            "lifecycle_minimum_gaps": None,
            "lifecycle_acquired_days": True,
            "lifecycle_reactivated_days": "month",
            "lifecycle_loyal_purchases": 7.5,
            "lifecycle_minimum_fit_customers": "many",
            "lifecycle_history_periods": "all",
            "lifecycle_cohort_periods": None,
            "lifecycle_mature_cohort_days": "half a year",
            "lifecycle_minimum_longer_gaps": "all",
            "lifecycle_minimum_trend_gaps": 7.5,
            "lifecycle_minimum_profile_customers": "few",
            "lifecycle_at_risk_after": "month",
            "lifecycle_dormant_after": 90.5,
            "lifecycle_churned_after": "never",
            "lifecycle_rfm_window_days": "all",
            "lifecycle_late_arrival_days": "none",
            "lifecycle_high_contribution": "median",
            "lifecycle_high_attendance": True,
            "lifecycle_minimum_purchase_amount": None,
            "lifecycle_annual_discount_rate": "15%",
            "lifecycle_threshold_rule": None,
            "lifecycle_at_risk_share": "30%",
            "lifecycle_dormant_share": None,
            "lifecycle_churned_share": True,
            "lifecycle_at_risk_quantile": "0.8",
            "lifecycle_dormant_quantile": None,
            "lifecycle_churned_quantile": True,
            "lifecycle_gross_margin": "40%",
            "lifecycle_default_threshold_days": "90",
            "lifecycle_return_horizons": 90,
            "lifecycle_threshold_horizon": "90 days",
            "lifecycle_backtest_horizon": 90.5,
            "lifecycle_correct_forecasts": "no",
            "lifecycle_first_amount": True,
            "lifecycle_model_tie_errors": None,
            "lifecycle_forecast_tolerance": "25%",
            "lifecycle_forecast_minimum_returns": True,
            "lifecycle_correction_gap_shares": "half",
            "lifecycle_correction_repeat_purchases": ["many"],
            "lifecycle_alike_purchase_days": 10,
            "lifecycle_driver_columns": "x_plan",
            "lifecycle_next_purchase_reading": True,
            "lifecycle_margin_drift": 0,
            "lifecycle_amount_cuts": 5,
            "lifecycle_recency_cap": "year",
            "lifecycle_frequency_cap": 2.5,
            "lifecycle_amount_bucket_count": None,
            "lifecycle_value_horizon_periods": "ever",
            "lifecycle_wake_up_minimum_value": "10 EUR",
            "lifecycle_high_realised_value": "median",
            "lifecycle_high_predicted_value": True,
            "lifecycle_model_weight": "half",
            "lifecycle_unlikely_to_return_below": True,
            "lifecycle_control_share": "10%",
            "lifecycle_arm_salt": 7,
            "lifecycle_contact_cost": "2 euros",
            "lifecycle_contact_effect": None,
            "lifecycle_wake_up_value_share": "most",
            "lifecycle_unknown_consent": True,
            "lifecycle_lasting_control_share": "2%",
            "lifecycle_near_loss_share": None,
            "lifecycle_lasting_control_redraw": 12,
            "lifecycle_wake_up_wave": "a letter",
            "lifecycle_campaign_window": "a month",
            "lifecycle_campaign_before_days": None,
            "lifecycle_control_arms": "control",
            "lifecycle_worthwhile_lift": "2%",
            "lifecycle_false_discovery_rate": True,
            "lifecycle_early_evidence": "strong",
            "lifecycle_minimum_buyers": 4.5,
            "lifecycle_portfolio_campaigns": "all",
            "lifecycle_power_shares": 0.1,
            "lifecycle_return_days": "30",
        },
        [
            'lifecycle_campaign_window is "a month"; write a whole number of at least 1.',
            "lifecycle_campaign_before_days is null; write a whole number of at least 1.",
            'lifecycle_control_arms is "control"; write a list: [control].',
            'lifecycle_worthwhile_lift is "2%"; write a share above 0 and up to 1.',
            "lifecycle_false_discovery_rate is true; write a share above 0 and up to 1.",
            'lifecycle_early_evidence is "strong"; write a number of at least 1.',
            "lifecycle_minimum_buyers is 4.5; write a whole number of at least 1.",
            'lifecycle_portfolio_campaigns is "all"; write a whole number of at least 2.',
            "lifecycle_power_shares is 0.1; write rising shares above 0 and below 1: "
            "[0.02, 0.05, 0.1, 0.2, 0.3, 0.5].",
            'lifecycle_return_days is "30"; write different whole numbers of days of at least 1: '
            "[30, 60, 90, 180].",
            "lifecycle_next_purchase_reading is true; write one of: expected, literal.",
            "lifecycle_margin_drift is 0; write one of: own, none.",
            "lifecycle_amount_cuts is 5; write one of: quantile, seed.",
            'lifecycle_recency_cap is "year"; write a whole number of at least 1.',
            "lifecycle_frequency_cap is 2.5; write a whole number of at least 1.",
            "lifecycle_amount_bucket_count is null; write a whole number of at least 1.",
            'lifecycle_value_horizon_periods is "ever"; write a whole number of at least 0.',
            'lifecycle_wake_up_minimum_value is "10 EUR"; write a number of at least 0.',
            'lifecycle_high_realised_value is "median"; write a number of at least 0, or null.',
            "lifecycle_high_predicted_value is true; write a number of at least 0, or null.",
            'lifecycle_model_weight is "half"; write a share above 0 and up to 1.',
            "lifecycle_unlikely_to_return_below is true; write a share above 0 and up to 1.",
            'lifecycle_control_share is "10%"; write a share from 0 up to below 1.',
            'lifecycle_arm_salt is 7; write a name of letters, digits, "_", "-" and ".".',
            'lifecycle_contact_cost is "2 euros"; write a number of at least 0, or null.',
            "lifecycle_contact_effect is null; write a share above 0 and up to 1.",
            'lifecycle_wake_up_value_share is "most"; write a share above 0 and up to 1.',
            "lifecycle_unknown_consent is true; write one of: allowed, not_allowed.",
            'lifecycle_lasting_control_share is "2%"; write a share from 0 up to below 1.',
            "lifecycle_near_loss_share is null; write a share from 0 up to below 1.",
            "lifecycle_lasting_control_redraw is 12; write one of: month, quarter, year.",
            'lifecycle_wake_up_wave is "a letter"; '
            'write a name of letters, digits, "_", "-" and ".".',
            'lifecycle_inputs is "orders"; write a list: [orders] or [orders, customers].',
            'lifecycle_input_dir is ["/data"]; '
            "write the path of a folder, or null for warehouse tables.",
            "lifecycle_csv_delimiter is 9; "
            'write one character like ";" or "\\t", or null to take it from the header line.',
            "lifecycle_datetime_format is 20110630; "
            'write a format like "%d/%m/%Y %H:%M", or null for ISO 8601.',
            'lifecycle_untested_engine is "snowflake"; write one of: true, false.',
            'lifecycle_fits is "cloud"; write one of: dbt, command, null.',
            'lifecycle_double_type is "8"; '
            "write one of: double, double precision, float8, float64, null.",
            'lifecycle_money_type is "numeric"; '
            "write one of: decimal(18, 4), decimal(24, 4), decimal(30, 4), decimal(38, 4).",
            "lifecycle_earliest_valid_date is 1970, which is no date; "
            'write one like "2011-06-30", or null.',
            'lifecycle_longest_pause_days is "a year"; '
            "write a whole number of at least 1, or null.",
            "lifecycle_far_share is 0; write a share above 0 and up to 1.",
            'lifecycle_input_files is "orders.csv"; '
            "write one by input: {orders: /path/to/file.csv}.",
            'lifecycle_input_tables is ["raw_orders"]; write one by input: {orders: your_table}.',
            'lifecycle_input_models is ["fct_orders"]; write one by input: {orders: your_model}.',
            'lifecycle_columns is ["cust"]; '
            "write one by input: {orders: {customer_id: your_column}}.",
            "lifecycle_timezone is 8, which is no time zone; "
            "write one like UTC, Europe/Berlin or Asia/Shanghai.",
            "lifecycle_decimal_mark is 1; write one of: ., ,, null.",
            "lifecycle_amount_factor is 0.01; write one by input; for cents {orders: 0.01}.",
            'lifecycle_excluded_statuses is "cancelled"; write a list: [cancelled, failed].',
            'lifecycle_guest_ids is {"orders": "0"}; write a list: ["0", guest].',
            "lifecycle_repeated_orders is true; write one of: sum, replace, reject.",
            "lifecycle_as_of_date is 20110630, which is no date; "
            'write one like "2011-06-30", or null.',
            'lifecycle_latest_valid_date is "tomorrow", which is no date; '
            'write one like "2011-06-30", or null.',
            "lifecycle_period is null; write one of: week, month, quarter.",
            "lifecycle_rfm_cuts is 5; write one of: quantile, seed.",
            'lifecycle_rfm_monetary is ["total"]; write one of: total, average.',
            'lifecycle_purchase_models is "false"; write one of: true, false.',
            "lifecycle_purchase_model is true; "
            "write one of: bg_nbd, mbg_nbd, pareto_nbd, nbd, null.",
            'lifecycle_model_segment is ["region"]; write one of: acquisition_channel, region, '
            "status, marketing_consent, an x_ column of the customers input, "
            "first_purchase_quarter, null.",
            "lifecycle_holdout_share is null; write a share above 0 and up to 1.",
            "lifecycle_holdout_start is 0.25, which is no date; "
            'write one like "2011-06-30", or null.',
            'lifecycle_minimum_purchases is "15"; write a whole number of at least 2.',
            "lifecycle_minimum_gaps is null; write a whole number of at least 1.",
            "lifecycle_acquired_days is true; write a whole number of at least 0.",
            'lifecycle_reactivated_days is "month"; write a whole number of at least 1.',
            "lifecycle_loyal_purchases is 7.5; write a whole number of at least 2.",
            'lifecycle_minimum_fit_customers is "many"; write a whole number of at least 1.',
            'lifecycle_history_periods is "all"; write a whole number of at least 0.',
            "lifecycle_cohort_periods is null; write a whole number of at least 1.",
            'lifecycle_mature_cohort_days is "half a year"; write a whole number of at least 0.',
            'lifecycle_minimum_longer_gaps is "all"; write a whole number of at least 9: '
            "the longest of fewer gaps is exceeded more than one time in ten.",
            "lifecycle_minimum_trend_gaps is 7.5; write a whole number of at least 5.",
            'lifecycle_minimum_profile_customers is "few"; write a whole number of at least 2.',
            'lifecycle_at_risk_after is "month"; write a whole number of at least 1, or null.',
            "lifecycle_dormant_after is 90.5; write a whole number of at least 1, or null.",
            'lifecycle_churned_after is "never"; write a whole number of at least 1, or null.',
            'lifecycle_rfm_window_days is "all"; write a whole number of at least 1, or null.',
            'lifecycle_late_arrival_days is "none"; write a whole number of at least 0, or null.',
            "lifecycle_minimum_purchase_amount is null; write a number of at least 0.",
            'lifecycle_annual_discount_rate is "15%"; write a number of at least 0.',
            'lifecycle_high_contribution is "median"; write a number of at least 0, or null.',
            "lifecycle_high_attendance is true; write a number of at least 0, or null.",
            "lifecycle_threshold_rule is null; write one of: return_curve, quantile.",
            'lifecycle_at_risk_share is "30%"; write a share above 0 and up to 1.',
            "lifecycle_dormant_share is null; write a share above 0 and up to 1.",
            "lifecycle_churned_share is true; write a share above 0 and up to 1.",
            'lifecycle_at_risk_quantile is "0.8"; write a share above 0 and up to 1.',
            "lifecycle_dormant_quantile is null; write a share above 0 and up to 1.",
            "lifecycle_churned_quantile is true; write a share above 0 and up to 1.",
            'lifecycle_gross_margin is "40%"; write a share above 0 and up to 1.',
            'lifecycle_default_threshold_days is "90"; '
            "write three rising whole numbers of days: [90, 180, 365].",
            "lifecycle_return_horizons is 90; "
            "write different whole numbers of days of at least 1: [30, 90, 365].",
            'lifecycle_threshold_horizon is "90 days"; write a whole number of at least 1.',
            "lifecycle_backtest_horizon is 90.5; write a whole number of at least 1.",
            'lifecycle_correct_forecasts is "no"; write one of: true, false.',
            "lifecycle_first_amount is true; write one of: auto, use, leave_out.",
            "lifecycle_model_tie_errors is null; write a number of at least 0.",
            'lifecycle_forecast_tolerance is "25%"; write a number of at least 0.',
            "lifecycle_forecast_minimum_returns is true; write a number of at least 0.",
            'lifecycle_correction_gap_shares is "half"; '
            "write falling shares above 0 and below 1: [0.5, 0.25, 0.1, 0.05].",
            'lifecycle_correction_repeat_purchases is ["many"]; '
            "write rising whole numbers that begin at 0: [0, 1, 2, 4, 7, 15].",
            'lifecycle_driver_columns has "x_plan"; write a list of x_ columns of the customers '
            "input: [x_plan, x_shop]. region and acquisition_channel are looked at anyway.",
            "lifecycle_alike_purchase_days is 10; write rising whole numbers that begin at 1: "
            "[1, 2, 3, 4, 6, 9, 14, 21, 31, 46].",
        ],
    ),
    "out of range": (
        {
            "lifecycle_inputs": ["customers", "visits"],
            "lifecycle_input_dir": " ",
            "lifecycle_csv_delimiter": ";;",
            "lifecycle_datetime_format": "dd/mm/yyyy",
            "lifecycle_double_type": "number",
            "lifecycle_input_files": {"baskets": "baskets.csv", "orders": 7},
            "lifecycle_input_tables": {"baskets": "raw_baskets", "orders": None},
            "lifecycle_input_models": {"baskets": "fct_baskets"},
            "lifecycle_columns": {
                "orders": {"cust": "customer_id", "amount": None, "channel": None},
                "baskets": {},
            },
            "lifecycle_timezone": "Mars/Base",
            "lifecycle_decimal_mark": "point",
            "lifecycle_amount_factor": {"baskets": 1, "orders": 0},
            "lifecycle_repeated_orders": "add",
            "lifecycle_as_of_date": "2011-02-29",
            "lifecycle_latest_valid_date": "30.06.2011",
            "lifecycle_period": "fortnight",
            "lifecycle_rfm_cuts": "ntile",
            "lifecycle_rfm_monetary": "sum",
            "lifecycle_purchase_models": "maybe",
            "lifecycle_purchase_model": "bgnbd",
            "lifecycle_model_segment": "Region",
            "lifecycle_minimum_purchases": 1,
            "lifecycle_minimum_gaps": 0,
            "lifecycle_acquired_days": -1,
            "lifecycle_reactivated_days": 0,
            "lifecycle_loyal_purchases": 1,
            "lifecycle_minimum_fit_customers": 0,
            "lifecycle_history_periods": -1,
            "lifecycle_cohort_periods": 0,
            "lifecycle_mature_cohort_days": -1,
            "lifecycle_minimum_longer_gaps": 8,
            "lifecycle_minimum_trend_gaps": 4,
            "lifecycle_minimum_profile_customers": 1,
            "lifecycle_at_risk_after": 0,
            "lifecycle_rfm_window_days": 0,
            "lifecycle_late_arrival_days": -1,
            "lifecycle_high_contribution": -0.5,
            "lifecycle_minimum_purchase_amount": -0.01,
            "lifecycle_annual_discount_rate": -0.1,
            "lifecycle_at_risk_quantile": 0,
            "lifecycle_churned_quantile": 1.5,
            "lifecycle_gross_margin": 40,
            "lifecycle_default_threshold_days": [90, 180],
            "lifecycle_return_horizons": [0, 90],
            "lifecycle_threshold_horizon": -90,
            "lifecycle_backtest_horizon": 0,
            "lifecycle_correction_gap_shares": [0.25, 0.5],
            "lifecycle_correction_repeat_purchases": [1, 2],
            "lifecycle_alike_purchase_days": [0, 5],
            "lifecycle_driver_columns": ["x_plan", "region"],
            "lifecycle_next_purchase_reading": "naive",
            "lifecycle_margin_drift": "shop",
            "lifecycle_amount_cuts": "fifths",
            "lifecycle_recency_cap": 0,
            "lifecycle_frequency_cap": 0,
            "lifecycle_amount_bucket_count": 0,
            "lifecycle_value_horizon_periods": -1,
            "lifecycle_wake_up_minimum_value": -1,
            "lifecycle_high_realised_value": -1,
            "lifecycle_model_weight": 1.5,
            "lifecycle_unlikely_to_return_below": 20,
            "lifecycle_control_share": 1,
            "lifecycle_arm_salt": "two words",
            "lifecycle_contact_cost": -1,
            "lifecycle_contact_effect": 0,
            "lifecycle_wake_up_value_share": 1.2,
            "lifecycle_lasting_control_share": 1,
            "lifecycle_near_loss_share": -0.1,
            "lifecycle_campaign_window": 1001,
            "lifecycle_campaign_before_days": 0,
            "lifecycle_worthwhile_lift": 0,
            "lifecycle_false_discovery_rate": 5,
            "lifecycle_early_evidence": 0.05,
            "lifecycle_minimum_buyers": 0,
            "lifecycle_portfolio_campaigns": 1,
            "lifecycle_power_shares": [0.5, 0.1],
            "lifecycle_return_days": [30, 30],
        },
        [
            'lifecycle_next_purchase_reading is "naive"; write one of: expected, literal.',
            'lifecycle_margin_drift is "shop"; write one of: own, none.',
            'lifecycle_amount_cuts is "fifths"; write one of: quantile, seed.',
            "lifecycle_recency_cap is 0; write a whole number of at least 1.",
            "lifecycle_frequency_cap is 0; write a whole number of at least 1.",
            "lifecycle_amount_bucket_count is 0; write a whole number of at least 1.",
            "lifecycle_value_horizon_periods is -1; write a whole number of at least 0.",
            "lifecycle_wake_up_minimum_value is -1; write a number of at least 0.",
            "lifecycle_high_realised_value is -1; write a number of at least 0, or null.",
            "lifecycle_model_weight is 1.5; write a share above 0 and up to 1.",
            "lifecycle_unlikely_to_return_below is 20; write a share above 0 and up to 1.",
            "lifecycle_control_share is 1; write a share from 0 up to below 1.",
            "lifecycle_contact_cost is -1; write a number of at least 0, or null.",
            "lifecycle_contact_effect is 0; write a share above 0 and up to 1.",
            "lifecycle_wake_up_value_share is 1.2; write a share above 0 and up to 1.",
            "lifecycle_lasting_control_share is 1; write a share from 0 up to below 1.",
            "lifecycle_near_loss_share is -0.1; write a share from 0 up to below 1.",
            "lifecycle_campaign_window is 1001; write a whole number of at most 1000.",
            "lifecycle_campaign_before_days is 0; write a whole number of at least 1.",
            "lifecycle_worthwhile_lift is 0; write a share above 0 and up to 1.",
            "lifecycle_false_discovery_rate is 5; write a share above 0 and up to 1.",
            "lifecycle_early_evidence is 0.05; write a number of at least 1.",
            "lifecycle_minimum_buyers is 0; write a whole number of at least 1.",
            "lifecycle_portfolio_campaigns is 1; write a whole number of at least 2.",
            "lifecycle_power_shares is [0.5, 0.1]; write rising shares above 0 and below 1: "
            "[0.02, 0.05, 0.1, 0.2, 0.3, 0.5].",
            "lifecycle_return_days is [30, 30]; write different whole numbers of days of at least "
            "1: [30, 60, 90, 180].",
            'lifecycle_arm_salt is "two words"; write a name of letters, digits, "_", "-" and ".".',
            'lifecycle_inputs has "visits", which is no input; '
            "write some of: orders, customers, order_lines, contact_costs, campaigns, "
            "campaign_members, offers, redemptions, marketing_spend.",
            'lifecycle_inputs is ["customers", "visits"]; '
            "write orders as well, the one required input.",
            'lifecycle_input_dir is " "; write the path of a folder, or null for warehouse tables.',
            'lifecycle_csv_delimiter is ";;"; '
            'write one character like ";" or "\\t", or null to take it from the header line.',
            'lifecycle_datetime_format is "dd/mm/yyyy"; '
            'write a format like "%d/%m/%Y %H:%M", or null for ISO 8601.',
            'lifecycle_double_type is "number"; '
            "write one of: double, double precision, float8, float64, null.",
            'lifecycle_input_files has "baskets", which is no input; '
            "write some of: orders, customers, order_lines, contact_costs, campaigns, "
            "campaign_members, offers, redemptions, marketing_spend.",
            "lifecycle_input_files has 7 for orders; "
            "write one by input: {orders: /path/to/file.csv}.",
            'lifecycle_input_tables has "baskets", which is no input; '
            "write some of: orders, customers, order_lines, contact_costs, campaigns, "
            "campaign_members, offers, redemptions, marketing_spend.",
            "lifecycle_input_tables has null for orders; write one by input: {orders: your_table}.",
            'lifecycle_input_models has "baskets", which is no input; '
            "write some of: orders, customers, order_lines, contact_costs, campaigns, "
            "campaign_members, offers, redemptions, marketing_spend.",
            'lifecycle_columns has "baskets", which is no input; '
            "write some of: orders, customers, order_lines, contact_costs, campaigns, "
            "campaign_members, offers, redemptions, marketing_spend.",
            "lifecycle_columns maps orders.amount to null, but it is required; write the name of "
            "your column.",
            "lifecycle_columns maps orders.cust, which is no column of the contract; write on the "
            "left one of: order_id, customer_id, ordered_at, amount, product_cost, "
            "discount_amount, channel, currency, status, updated_at; and your column on the right.",
            'lifecycle_timezone is "Mars/Base", which is no time zone; '
            "write one like UTC, Europe/Berlin or Asia/Shanghai.",
            'lifecycle_decimal_mark is "point"; write one of: ., ,, null.',
            'lifecycle_amount_factor has "baskets", which is no input; '
            "write some of: orders, customers, order_lines, contact_costs, campaigns, "
            "campaign_members, offers, redemptions, marketing_spend.",
            "lifecycle_amount_factor has 0 for orders; "
            "write a number of at least 0.000001; for cents {orders: 0.01}.",
            'lifecycle_repeated_orders is "add"; write one of: sum, replace, reject.',
            "lifecycle_correction_gap_shares is [0.25, 0.5]; "
            "write falling shares above 0 and below 1: [0.5, 0.25, 0.1, 0.05].",
            "lifecycle_correction_repeat_purchases is [1, 2]; "
            "write rising whole numbers that begin at 0: [0, 1, 2, 4, 7, 15].",
            'lifecycle_driver_columns has "region"; write a list of x_ columns of the customers '
            "input: [x_plan, x_shop]. region and acquisition_channel are looked at anyway.",
            "lifecycle_alike_purchase_days is [0, 5]; write rising whole numbers that begin at 1: "
            "[1, 2, 3, 4, 6, 9, 14, 21, 31, 46].",
            'lifecycle_as_of_date is "2011-02-29", which is no date; '
            'write one like "2011-06-30", or null.',
            'lifecycle_latest_valid_date is "30.06.2011", which is no date; '
            'write one like "2011-06-30", or null.',
            'lifecycle_period is "fortnight"; write one of: week, month, quarter.',
            'lifecycle_rfm_cuts is "ntile"; write one of: quantile, seed.',
            'lifecycle_rfm_monetary is "sum"; write one of: total, average.',
            'lifecycle_purchase_models is "maybe"; write one of: true, false.',
            'lifecycle_purchase_model is "bgnbd"; '
            "write one of: bg_nbd, mbg_nbd, pareto_nbd, nbd, null.",
            'lifecycle_model_segment is "Region"; write one of: acquisition_channel, region, '
            "status, marketing_consent, an x_ column of the customers input, "
            "first_purchase_quarter, null.",
            "lifecycle_minimum_purchases is 1; write a whole number of at least 2.",
            "lifecycle_minimum_gaps is 0; write a whole number of at least 1.",
            "lifecycle_acquired_days is -1; write a whole number of at least 0.",
            "lifecycle_reactivated_days is 0; write a whole number of at least 1.",
            "lifecycle_loyal_purchases is 1; write a whole number of at least 2.",
            "lifecycle_minimum_fit_customers is 0; write a whole number of at least 1.",
            "lifecycle_history_periods is -1; write a whole number of at least 0.",
            "lifecycle_cohort_periods is 0; write a whole number of at least 1.",
            "lifecycle_mature_cohort_days is -1; write a whole number of at least 0.",
            "lifecycle_minimum_longer_gaps is 8; write a whole number of at least 9: "
            "the longest of fewer gaps is exceeded more than one time in ten.",
            "lifecycle_minimum_trend_gaps is 4; write a whole number of at least 5.",
            "lifecycle_minimum_profile_customers is 1; write a whole number of at least 2.",
            "lifecycle_at_risk_after is 0; write a whole number of at least 1, or null.",
            "lifecycle_rfm_window_days is 0; write a whole number of at least 1, or null.",
            "lifecycle_late_arrival_days is -1; write a whole number of at least 0, or null.",
            "lifecycle_minimum_purchase_amount is -0.01; write a number of at least 0.",
            "lifecycle_annual_discount_rate is -0.1; write a number of at least 0.",
            "lifecycle_high_contribution is -0.5; write a number of at least 0, or null.",
            "lifecycle_at_risk_quantile is 0; write a share above 0 and up to 1.",
            "lifecycle_churned_quantile is 1.5; write a share above 0 and up to 1.",
            "lifecycle_gross_margin is 40; write a share above 0 and up to 1.",
            "lifecycle_default_threshold_days is [90, 180]; "
            "write three rising whole numbers of days: [90, 180, 365].",
            "lifecycle_return_horizons is [0, 90]; "
            "write different whole numbers of days of at least 1: [30, 90, 365].",
            "lifecycle_threshold_horizon is -90; write a whole number of at least 1.",
            "lifecycle_backtest_horizon is 0; write a whole number of at least 1.",
        ],
    ),
    "out of order or unknown": (
        {
            "lifecycle_columns": {"orders": "cust"},
            "lifecycle_dormant_after": 90,
            "lifecycle_churned_after": 90,
            "lifecycle_dormant_share": 0.1,
            "lifecycle_at_risk_quantile": 0.95,
            "lifecycle_default_threshold_days": [180, 90, 365],
            "lifecycle_asof_date": "2011-06-30",
            "lifecycle_input_table": "raw_orders",
            "lifecycle_gros_margin": 0.4,
            "lifecycle_model_segment": "x_card",
            "lifecycle_driver_columns": ["x_card"],
            "lifecycle_purchase_models": 0,
            "lifecycle_csv_delimiter": '"',
            # Vars of other packages are none of our business.
            "timezone": "Mars/Base",
        },
        [
            'lifecycle_columns has "cust" for orders; '
            "write your columns by those of the contract: {order_id: your_column}.",
            "lifecycle_churned_after is 90; write more than lifecycle_dormant_after, which is 90.",
            "lifecycle_churned_share is 0.1; write less than lifecycle_dormant_share, "
            "which is 0.1.",
            "lifecycle_dormant_quantile is 0.9; "
            "write more than lifecycle_at_risk_quantile, which is 0.95.",
            "lifecycle_default_threshold_days is [180, 90, 365]; "
            "write three rising whole numbers of days: [90, 180, 365].",
            "there is no var lifecycle_asof_date; did you mean lifecycle_as_of_date? "
            "All vars stand in dbt_project.yml.",
            "there is no var lifecycle_input_table; did you mean lifecycle_input_tables? "
            "All vars stand in dbt_project.yml.",
            "there is no var lifecycle_gros_margin; did you mean lifecycle_gross_margin? "
            "All vars stand in dbt_project.yml.",
            "lifecycle_purchase_models is 0; write one of: true, false.",
            "lifecycle_model_segment is x_card, a column of the customers input, which is switched "
            "off; write lifecycle_inputs: [orders, customers], or lifecycle_model_segment: "
            "first_purchase_quarter or null.",
            "lifecycle_driver_columns has x_card, a column of the customers input, which is "
            "switched off; write lifecycle_inputs: [orders, customers], or "
            "lifecycle_driver_columns: [].",
            'lifecycle_csv_delimiter is "\\""; '
            'write one character like ";" or "\\t", or null to take it from the header line.',
        ],
    ),
}

# What only the warehouse knows, and what stops before anything is checked (test_rooms.py).
FREE_VARS = {"lifecycle_input_database", "lifecycle_input_schema", "lifecycle_rooms"}

DBT_FILES = {
    "dbt_project.yml",
    "profiles.yml",
    "macros",
    "models",
    "python_models",
    "seeds",
    "tests",
}


@pytest.fixture(scope="module")
def documented_vars() -> set[str]:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    return set(project["vars"]["customer_lifecycle"])


def problems(run: Run) -> list[str]:
    """The problems that the config check lists, each once."""
    return list(dict.fromkeys(re.findall(r"^\s*- (.+)$", run.text, re.MULTILINE)))


@pytest.mark.parametrize("name", WRONG_VARS)
def test_every_wrong_var_is_told_and_nothing_is_built(tmp_path: Path, name: str) -> None:
    wrong_vars, expected = WRONG_VARS[name]
    folder = lay_out(tmp_path / "input", ONE_ORDER)
    run = run_dbt(tmp_path, {"lifecycle_input_dir": str(folder), **wrong_vars})
    assert not run.succeeded
    assert sorted(problems(run)) == sorted(expected)
    assert run.tables() == []


def test_every_var_that_can_be_wrong_is_tried(documented_vars: set[str]) -> None:
    tried = {name for wrong_vars, _ in WRONG_VARS.values() for name in wrong_vars}
    assert documented_vars - tried == FREE_VARS


def test_the_check_knows_the_vars_of_the_project_file(documented_vars: set[str]) -> None:
    macro = (PROJECT / "macros" / "vars" / "config_check.sql").read_text()
    known = macro.split("macro known_vars()")[1].split("endmacro")[0]
    names = re.findall(r"'(lifecycle_\w+)'", known)
    assert len(names) == len(set(names))
    assert set(names) == documented_vars


def test_an_input_whose_rows_belong_to_another_needs_that(tmp_path: Path) -> None:
    message = (
        "customer_lifecycle: the rows of the input campaign_members belong to those of campaigns, "
        "which is off; write campaigns into lifecycle_inputs as well, or leave campaign_members "
        "out."
    )
    with pytest.raises(AssertionError, match=re.escape(message)):
        parse(tmp_path, {"lifecycle_inputs": ["orders", "campaign_members"]})


def test_one_problem_alone_stops_the_run(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "input", ONE_ORDER)
    run = run_dbt(tmp_path, {"lifecycle_input_dir": str(folder), "lifecycle_acquired_days": -1})
    assert not run.succeeded
    assert len(problems(run)) == 1
    assert run.tables() == []


@pytest.mark.parametrize("command", ["run", "seed", "test"])
def test_every_command_that_works_on_the_warehouse_is_checked(tmp_path: Path, command: str) -> None:
    run = run_dbt(tmp_path, {"lifecycle_period": "year"}, command=(command,))
    assert not run.succeeded
    assert problems(run) == ['lifecycle_period is "year"; write one of: week, month, quarter.']


def test_the_demo_is_never_built_where_inputs_are_named(tmp_path: Path) -> None:
    customers = lay_out(tmp_path, {"c.csv": "customer_id,registered_at\n"}) / "c.csv"
    run = run_dbt(tmp_path, {"lifecycle_input_files": {"customers": str(customers)}})
    assert not run.succeeded
    assert (
        "customer_lifecycle: nothing says where the input orders is. Write lifecycle_input_files: "
        "{orders: /path/to/file.csv}, lifecycle_input_tables: {orders: your_table}" in run.text
    )
    assert run.tables() == []


def test_vars_without_a_place_of_orders_do_not_build_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.vars.yml"
    file.write_text("lifecycle_columns: {orders: {amount: total}}")
    assert build.main(["--vars-file", str(file)]) == 1
    assert "does not say where the orders are, and the demo is not built" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lifecycle_vars", "message"),
    [
        (
            {"lifecycle_model_segment": "region"},
            "lifecycle_model_segment is region, but input customers",
        ),
        (
            {"lifecycle_excluded_statuses": ["cancelled"]},
            'lifecycle_excluded_statuses is ["cancelled"], but input orders',
        ),
    ],
)
def test_a_column_that_a_var_needs_and_the_input_lacks_stops_the_run(
    tmp_path: Path, lifecycle_vars: dict[str, Any], message: str
) -> None:
    folder = lay_out(
        tmp_path / "input", ONE_ORDER | {"customers.csv": "customer_id,registered_at,land\n"}
    )
    place = {"lifecycle_input_dir": str(folder), "lifecycle_inputs": ["orders", "customers"]}
    run = run_dbt(tmp_path, place | lifecycle_vars)
    assert not run.succeeded
    assert f"customer_lifecycle: {message} ({folder}/" in run.text
    assert "Write what it is called there: lifecycle_columns: {" in run.text
    assert run.tables() == []


def test_misspelt_vars_of_somebody_elses_project_file_are_told(tmp_path: Path) -> None:
    guest = lay_out_guest(tmp_path, {"lifecycle_gros_margin": 0.4, "lifecyle_period": "week"})
    outcome = call(guest, "build")
    assert not outcome.succeeded
    told = set(re.findall(r"there is no var (\w+); did you mean (\w+)", outcome.text))
    assert told == {
        ("lifecycle_gros_margin", "lifecycle_gross_margin"),
        ("lifecyle_period", "lifecycle_period"),
    }


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = run_dbt(tmp_path, {"lifecycle_input_dir": str(tmp_path / "nowhere")})
    assert not run.succeeded
    assert (
        f"customer_lifecycle: no file for input orders in {tmp_path}/nowhere (which is empty or "
        "not there). Put orders.parquet or orders.csv there (or a folder orders/ of such files); "
        "point lifecycle_input_dir at the right folder; name the file, whatever it is called, "
        "with lifecycle_input_files: {orders: /path/to/file}." in run.text
    )
    assert run.tables() == []


def test_the_file_of_one_input_that_is_not_there_is_named(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "input", ONE_ORDER)
    run = run_dbt(
        tmp_path,
        {"lifecycle_input_dir": str(folder), "lifecycle_inputs": ["orders", "customers"]},
    )
    assert not run.succeeded
    assert (
        f"no file for input customers in {folder} (which has: {folder}/orders.csv). "
        "Put customers.parquet or customers.csv there" in run.text
    )
    assert run.tables() == []


def test_an_input_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "input", {**ONE_ORDER, "orders/part-1.csv": ""})
    run = run_dbt(tmp_path, {"lifecycle_input_dir": str(folder)})
    assert not run.succeeded
    assert (
        f"customer_lifecycle: input orders is there more than once in {folder}: orders.csv and "
        "orders/*.csv. Keep one of them." in run.text
    )
    assert run.tables() == []


def test_a_named_file_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    """It goes before the folder, in which there would be one."""
    folder = lay_out(tmp_path / "input", {**ONE_ORDER, "2011.XLSX": "", "notes/read.me": ""})
    for name, message in {
        "2012.csv": "there is no file {path}, nor a folder with files. Write the path of a Parquet "
        "or CSV file, or of a folder of such; a relative one counts from where dbt is called, else "
        "from the project.",
        "2011.XLSX": "{path} is neither Parquet nor CSV. Save it as CSV (UTF-8, with a header "
        "line) or as Parquet, and name that file.",
        "notes": "there is no file {path} and no Parquet or CSV file in it (it has: "
        "{path}/read.me). Write the path",
    }.items():
        path = folder / name
        run = run_dbt(
            tmp_path,
            {"lifecycle_input_dir": str(folder), "lifecycle_input_files": {"orders": str(path)}},
        )
        assert not run.succeeded
        assert f"customer_lifecycle: {message.format(path=path)}" in run.text
        assert run.tables() == []


@pytest.mark.parametrize(
    ("seed", "right", "wrong", "message"),
    [
        (
            "lifecycle_rank_bands",
            "c,600,2",
            "c,400,2",
            "seeds/silence/lifecycle_rank_bands.csv has lower_per_mille 0.0, 400.0, 400.0, 800.0, "
            "950.0; write cuts that begin at 0 and rise from line to line.",
        ),
        (
            "lifecycle_score_groups",
            "b,1,5",
            "b,1.5,5",
            "seeds/silence/lifecycle_score_groups.csv has lower_score 0.0, 1.5, 2.0; "
            "write a group that begins at 1, where the open gap is as long as the longest.",
        ),
        (
            "lifecycle_score_groups",
            "a,0,",
            "a,0.5,",
            "seeds/silence/lifecycle_score_groups.csv has lower_score 0.5, 1.0, 2.0; "
            "write cuts that begin at 0 and rise from line to line.",
        ),
    ],
)
def test_band_cuts_out_of_order_stop_the_run(
    tmp_path: Path, seed: str, right: str, wrong: str, message: str
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(
        PROJECT,
        copy,
        ignore=lambda folder, names: (
            {name for name in names if name not in DBT_FILES} if folder == str(PROJECT) else set()
        ),
    )
    path = copy / "seeds" / "silence" / f"{seed}.csv"
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    folder = lay_out(tmp_path / "input", ONE_ORDER)
    run = run_dbt(tmp_path, {"lifecycle_input_dir": str(folder)}, project=copy)
    assert not run.succeeded
    assert problems(run) == [message]
    assert run.tables() == []


def test_an_as_of_date_before_the_first_order_fails_as_a_test_of_its_model(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "input", ONE_ORDER)
    run = run_dbt(
        tmp_path,
        {"lifecycle_input_dir": str(folder), "lifecycle_as_of_date": "2011-06-29"},
        select=("+customer_silence",),
        leave_out=("unit_test",),
    )
    assert not run.succeeded
    assert run.statuses["as_of_date_is_not_before_the_first_order"] == "fail"
    assert run.statuses["customer_silence"] == "skipped"
    assert "customer_silence" not in run.tables()


def test_an_as_of_date_without_quotes_is_a_date_too(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "input", ONE_ORDER)
    run = run_dbt(
        tmp_path,
        f"{{lifecycle_input_dir: {folder}, lifecycle_as_of_date: 2011-07-31}}",
        select=("+lifecycle_as_of",),
    )
    assert run.succeeded
    assert str(run.value("select as_of_date from main_internal.lifecycle_as_of")) == "2011-07-31"


def test_orders_that_narrow_money_does_not_hold_stop_the_run_first(tmp_path: Path) -> None:
    orders = "order_id,customer_id,ordered_at,amount\n1,c1,2011-06-30,9999999999999.9999\n"
    folder = lay_out(tmp_path / "input", {"orders.csv": orders})
    given = {"lifecycle_input_dir": str(folder), "lifecycle_money_type": "decimal(18, 4)"}
    assert run_dbt(tmp_path, given, select=("+lifecycle_as_of",)).succeeded
    lay_out(folder, {"orders.csv": orders + "2,c1,2011-06-30,-0.0001\n"})
    run = run_dbt(tmp_path, given, select=("+lifecycle_as_of",))
    assert run.statuses["lifecycle_as_of"] == "error"
    assert "all orders together come to 10000000000000.0000, which is too much for it" in run.text
    assert "write decimal(24, 4), and build once with --full-refresh" in run.text


def test_what_a_warehouse_cannot_do_is_told(tmp_path: Path) -> None:
    """Asked for by name, since only DuckDB is here."""
    inline = """
    {% set texts = [] %}
    {% for type, is_allowed in [
        ('duckdb', false), ('postgres', false), ('spark', false), ('snowflake', true),
        ('snowflake', false), ('mysql', true),
    ] %}
        {% do texts.append(customer_lifecycle.problem_of_engine(type, is_allowed)) %}
    {% endfor %}
    {% for format, type in [
        ('%d %b %y %I:%M %p', 'postgres'), ('%Y-%m-%d %H:%M:%S.%f%z', 'spark'),
        ('epoch', 'postgres'), ('%x', 'duckdb'), ('%d/%m/%Y %Z', 'postgres'), ('%d/%m', 'spark'),
        ('%Y %I', 'postgres'),
        ('%Y %Y', 'postgres'), ('%Y^', 'postgres'), ('%Y', 'trino'),
    ] %}
        {% do texts.append(customer_lifecycle.problem_of_datetime_format(format, type)) %}
    {% endfor %}
    {% do exceptions.raise_compiler_error('\n'.join(texts | map('string') | list)) %}
    """
    run = run_dbt(tmp_path, command=("compile", "--inline", inline))
    told = [line.strip() for line in run.text.splitlines()]
    start = told.index("None")
    cannot = "cannot be read on"
    expected = [
        *["None"] * 4,
        "the warehouse is snowflake, on which nothing was ever run; write ",
        "the warehouse is mysql, for which nothing was tried; use one of: duckdb, postgres, ",
        *["None"] * 4,
        f"lifecycle_datetime_format has %Z, which {cannot} postgres; write a format ",
        f"lifecycle_datetime_format has no year (%Y or %y), which {cannot} spark; ",
        f"lifecycle_datetime_format has one of %I and %p without the other, which {cannot} ",
        f"lifecycle_datetime_format has %Y twice, which {cannot} postgres; ",
        f"lifecycle_datetime_format has ^, which {cannot} postgres; ",
        'lifecycle_datetime_format is "%Y"; write null on trino, ',
    ]
    for line, beginning in zip(told[start:], expected, strict=False):
        assert line.startswith(beginning)
    assert len(told) >= start + len(expected)
