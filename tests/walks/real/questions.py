"""What is asked of the mesh, and the same computed straight from the files."""

QUESTIONS = {
    "won revenue and win rate by quarter": (
        "sam",
        """SELECT date_trunc('quarter', close_date) AS quarter, count(*) FILTER (WHERE stage = 'Won') AS won,
                  count(*) AS closed, won / closed AS win_rate, sum(close_value) AS revenue
           FROM sales.pipeline.opportunities WHERE stage IN ('Won', 'Lost') GROUP BY 1 ORDER BY 1""",
        """SELECT date_trunc('quarter', strptime(close_date, '%m/%d/%Y')::DATE) AS quarter,
                  count(*) FILTER (WHERE deal_stage = 'Won') AS won, count(*) AS closed, won / closed AS win_rate,
                  sum(close_value::DECIMAL(12, 2)) AS revenue
           FROM {crm_sales_pipeline} WHERE deal_stage IN ('Won', 'Lost') GROUP BY 1 ORDER BY 1""",
    ),
    "lead to deal conversion by origin": (
        "mira",
        """SELECT l.origin, count(*) AS leads, count(d.mql_id) AS deals, deals / leads AS conversion
           FROM marketing.funnel.leads l LEFT JOIN marketing.funnel.deals d ON d.mql_id = l.mql_id
           GROUP BY 1 ORDER BY 1 NULLS FIRST""",
        """SELECT l.origin, count(*) AS leads, count(d.mql_id) AS deals, deals / leads AS conversion
           FROM {marketing_qualified_leads} l LEFT JOIN {marketing_closed_deals} d ON d.mql_id = l.mql_id
           GROUP BY 1 ORDER BY 1 NULLS FIRST""",
    ),
    "churn by contract type": (
        "cleo",
        """SELECT contract_type, count(*) AS n, count(*) FILTER (WHERE churned) AS lost, lost / n AS churn,
                  sum(monthly_charges) AS monthly, sum(total_charges) AS total
           FROM success.customers.customers GROUP BY 1 ORDER BY 1""",
        """SELECT "Contract" AS contract_type, count(*) AS n, count(*) FILTER (WHERE "Churn" = 'Yes') AS lost,
                  lost / n AS churn, sum("MonthlyCharges"::DECIMAL(10, 2)) AS monthly,
                  sum(nullif(trim("TotalCharges"), '')::DECIMAL(12, 2)) AS total
           FROM {customer_churn} GROUP BY 1 ORDER BY 1""",
    ),
    "attrition by department": (
        "paula",
        """SELECT department, count(*) AS n, count(*) FILTER (WHERE attrition) AS gone,
                  gone / n AS attrition, sum(monthly_income) AS income, avg(age) AS age
           FROM people.staff.employees GROUP BY 1 ORDER BY 1 NULLS FIRST""",
        """SELECT "Department" AS department, count(*) AS n, count(*) FILTER (WHERE "Attrition" = 'Yes') AS gone,
                  gone / n AS attrition, sum("MonthlyIncome"::DECIMAL(12, 2)) AS income, avg("Age"::BIGINT) AS age
           FROM {hr_employees} GROUP BY 1 ORDER BY 1 NULLS FIRST""",
    ),
    "failure rate by product type": (
        "marek",
        """SELECT product_type, count(*) AS n, count(*) FILTER (WHERE failed) AS failures, failures / n AS rate,
                  sum(torque) AS torque
           FROM manufacturing.machines.runs GROUP BY 1 ORDER BY 1""",
        """SELECT trim("Type") AS product_type, count(*) AS n,
                  count(*) FILTER (WHERE trim("Machine failure") = '1') AS failures, failures / n AS rate,
                  sum(trim("Torque [Nm]")::DECIMAL(6, 1)) AS torque
           FROM {machine_runs} GROUP BY 1 ORDER BY 1""",
    ),
    "won revenue by office": (
        "sam",
        """SELECT t.regional_office, sum(o.close_value) AS revenue
           FROM sales.pipeline.opportunities o JOIN sales.pipeline.teams t USING (sales_agent)
           WHERE o.stage = 'Won' GROUP BY 1 ORDER BY 1""",
        """SELECT t.regional_office, sum(o.close_value::DECIMAL(12, 2)) AS revenue
           FROM {crm_sales_pipeline} o JOIN {crm_sales_teams} t USING (sales_agent)
           WHERE o.deal_stage = 'Won' GROUP BY 1 ORDER BY 1""",
    ),
    "the board's quarters": (
        "nora",
        "SELECT * FROM management.board.quarters ORDER BY quarter",
        """WITH sales AS (
             SELECT date_trunc('quarter', strptime(close_date, '%m/%d/%Y')::DATE) AS quarter, count(*) AS closed,
                    count(*) FILTER (WHERE deal_stage = 'Won') AS won, sum(close_value::DECIMAL(12, 2)) AS won_revenue
             FROM {crm_sales_pipeline} WHERE deal_stage IN ('Won', 'Lost') GROUP BY 1),
           funnel AS (
             SELECT date_trunc('quarter', first_contact_date::DATE) AS quarter, count(*) AS leads,
                    count(*) FILTER (WHERE mql_id IN (SELECT mql_id FROM {marketing_closed_deals})) AS converted
             FROM {marketing_qualified_leads} GROUP BY 1)
           SELECT quarter::DATE AS quarter, coalesce(closed, 0) AS closed, coalesce(won, 0) AS won, won / closed AS win_rate, won_revenue,
                  coalesce(leads, 0) AS leads, coalesce(converted, 0) AS converted
           FROM sales FULL JOIN funnel USING (quarter) ORDER BY quarter""",
    ),
    "the board's numbers": (
        "nora",
        "SELECT kpi, part, whole, rate FROM management.board.kpis ORDER BY kpi",
        """SELECT *, part / whole AS rate FROM (VALUES
             ('attrition', (SELECT count(*) FROM {hr_employees} WHERE "Attrition" = 'Yes'), (SELECT count(*) FROM {hr_employees})),
             ('churn', (SELECT count(*) FROM {customer_churn} WHERE "Churn" = 'Yes'), (SELECT count(*) FROM {customer_churn})),
             ('lead conversion', (SELECT count(*) FROM {marketing_closed_deals}), (SELECT count(*) FROM {marketing_qualified_leads})),
             ('machine failure', (SELECT count(*) FROM {machine_runs} WHERE trim("Machine failure") = '1'), (SELECT count(*) FROM {machine_runs})),
             ('win rate', (SELECT count(*) FROM {crm_sales_pipeline} WHERE deal_stage = 'Won'),
                          (SELECT count(*) FROM {crm_sales_pipeline} WHERE deal_stage IN ('Won', 'Lost')))
           ) AS found(kpi, part, whole)""",
    ),
}
"""By what is asked: who asks, the question, and the SQL over the files (`{name}` is the file name.csv, all text)."""
FILES = {
    "sales.pipeline.accounts": ("sam", "crm_accounts"),
    "sales.pipeline.products": ("sam", "crm_products"),
    "sales.pipeline.teams": ("sam", "crm_sales_teams"),
    "sales.pipeline.opportunities": ("sam", "crm_sales_pipeline"),
    "marketing.funnel.leads": ("mira", "marketing_qualified_leads"),
    "marketing.funnel.deals": ("mira", "marketing_closed_deals"),
    "people.staff.employees": ("paula", "hr_employees"),
    "success.customers.customers": ("cleo", "customer_churn"),
    "manufacturing.machines.runs": ("marek", "machine_runs"),
}
"""By table: somebody who sees it clear, and the file that it comes from."""
