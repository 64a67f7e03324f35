/** Templates in the dialects of the engines that came before, in full. */

/** Every root section: settings, constraints, events, errors, monitoring, security, performance, testing. */
export const PAYMENT_WORKFLOW = `
name: payment_workflow
version: "1.0.0"
description: "Take a payment, confirm it and keep the books"
namespace: default

settings:
  max_execution_time: 300 # 5 minutes
  default_retry_limit: 3
  default_timeout: 30
  error_handling: "strict"
  event_publishing: true

step_templates:
  - name: payment_processing
    description: "Charge the customer by the configured gateway"
    handler_class: PaymentProcessingStepHandler
    depends_on_steps: []
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 30
    handler_config:
      payment_gateway: "stripe"
      max_amount: 10000
      min_amount: 1
      currency: "USD"
      capture_method: "automatic"
      confirmation_method: "automatic"
      supported_payment_methods:
        - "card"
        - "bank_transfer"
        - "digital_wallet"
      security_settings:
        require_cvv: true
        require_3d_secure: true
        fraud_detection: true
      retry_settings:
        backoff_multiplier: 2
        max_backoff: 300
        jitter: true

  - name: payment_verification
    description: "See whether the gateway has the payment"
    handler_class: PaymentVerificationStepHandler
    depends_on_steps: ["payment_processing"]
    default_retryable: true
    default_retry_limit: 2
    timeout_seconds: 15
    handler_config:
      verification_method: "webhook"
      webhook_timeout: 10
      fallback_method: "polling"
      polling_interval: 2
      max_polling_attempts: 5

  - name: send_confirmation
    description: "Tell the customer"
    handler_class: NotificationStepHandler
    depends_on_steps: ["payment_verification"]
    default_retryable: true
    default_retry_limit: 5
    timeout_seconds: 15
    handler_config:
      notification_type: "email"
      template: "payment_confirmation"
      priority: "high"
      delivery_settings:
        retry_attempts: 3
        retry_delay: 5
        fallback_channels: ["sms", "push"]
      template_variables:
        include_receipt: true
        include_support_contact: true
        include_refund_policy: true

  - name: update_customer_records
    description: "Write the payment into the customer's history"
    handler_class: CustomerUpdateStepHandler
    depends_on_steps: ["send_confirmation"]
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 20
    handler_config:
      update_fields:
        - "last_payment_date"
        - "payment_method_preferences"
        - "transaction_history"
        - "loyalty_points"
      audit_logging: true
      data_retention_policy: "7_years"

  - name: generate_analytics
    description: "Count it"
    handler_class: AnalyticsStepHandler
    depends_on_steps: ["update_customer_records"]
    default_retryable: true
    default_retry_limit: 2
    timeout_seconds: 10
    handler_config:
      analytics_type: "payment_metrics"
      metrics_to_track:
        - "payment_volume"
        - "payment_success_rate"
      reporting_interval: "daily"
      aggregation_level: "hourly"

constraints:
  business_rules:
    - name: "minimum_payment_amount"
      type: "validation"
      rule: "payment_amount >= 1"
      error_message: "Pay at least $1"

    - name: "maximum_payment_amount"
      type: "validation"
      rule: "payment_amount <= 10000"
      error_message: "Pay at most $10,000"

    - name: "supported_currencies"
      type: "validation"
      rule: "currency in ['USD', 'EUR', 'GBP']"
      error_message: "Pay in USD, EUR or GBP"

  technical_constraints:
    - name: "max_concurrent_steps"
      value: 5
      description: "Steps of one payment at once"

    - name: "max_workflow_duration"
      value: 1800 # 30 minutes
      description: "No payment takes longer"

    - name: "resource_limits"
      memory_limit: "512MB"
      cpu_limit: "1.0"
      description: "What a worker needs"

events:
  step_events:
    - event: "step_started"
      publish_to: ["audit_log", "monitoring"]

    - event: "step_completed"
      publish_to: ["audit_log", "monitoring", "analytics"]

    - event: "step_failed"
      publish_to: ["audit_log", "monitoring", "alerting"]

    - event: "step_retried"
      publish_to: ["audit_log", "monitoring"]

  workflow_events:
    - event: "workflow_started"
      publish_to: ["audit_log", "customer_updates"]

    - event: "workflow_completed"
      publish_to: ["audit_log", "customer_updates", "analytics"]

    - event: "workflow_failed"
      publish_to: ["audit_log", "customer_updates", "alerting"]

    - event: "payment_processed"
      publish_to: ["audit_log", "fraud_detection", "analytics"]

    - event: "notification_sent"
      publish_to: ["audit_log", "customer_updates"]

error_handling:
  permanent_errors:
    - "ValidationError"
    - "AuthenticationError"
    - "InsufficientFundsError"
    - "CardDeclinedError"

  retryable_errors:
    - "NetworkError"
    - "TimeoutError"
    - "ServiceUnavailableError"
    - "RateLimitError"

  escalation_rules:
    - condition: "retry_count >= 3"
      action: "escalate_to_support"

    - condition: "error_type == 'fraud_detected'"
      action: "escalate_to_security"

    - condition: "payment_amount > 1000 AND error_type == 'card_declined'"
      action: "escalate_to_manual_review"

monitoring:
  metrics:
    - name: "step_execution_time"
      type: "histogram"
      buckets: [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0]

    - name: "step_success_rate"
      type: "gauge"

    - name: "workflow_completion_rate"
      type: "gauge"

    - name: "payment_processing_volume"
      type: "counter"

  alerts:
    - name: "high_failure_rate"
      condition: "step_success_rate < 0.95"
      severity: "warning"

    - name: "payment_processing_down"
      condition: "payment_processing_success_rate < 0.8"
      severity: "critical"

    - name: "slow_step_execution"
      condition: "step_execution_time > 30s"
      severity: "warning"

security:
  encryption:
    enabled: true
    algorithm: "AES-256"
    key_rotation_interval: "30d"

  pci_compliance:
    enabled: true
    audit_level: "level_1"
    data_retention: "90d"

  access_control:
    authentication_required: true
    authorization_method: "rbac"
    allowed_roles: ["payment_processor", "admin"]

  audit_logging:
    enabled: true
    log_level: "info"
    include_sensitive_data: false
    retention_period: "7_years"

performance:
  database_pool:
    min_connections: 5
    max_connections: 20
    connection_timeout: 30

  caching:
    enabled: true
    cache_type: "redis"
    ttl: 3600 # 1 hour

  batching:
    enabled: true
    batch_size: 100
    batch_timeout: 5

  concurrency:
    max_concurrent_workflows: 50
    max_concurrent_steps: 200
    queue_size: 1000

testing:
  test_data:
    enabled: true
    test_payment_amounts: [1, 10, 100, 1000, 5000]
    test_currencies: ["USD", "EUR", "GBP"]
    test_payment_methods: ["card", "bank_transfer"]

  mock_services:
    payment_gateway: "mock_stripe"
    notification_service: "mock_email"
    analytics_service: "mock_analytics"

  test_scenarios:
    - name: "successful_payment"
      description: "From the charge to the confirmation"
      steps: ["payment_processing", "payment_verification", "send_confirmation"]

    - name: "payment_failure"
      description: "The gateway declines the card"
      expected_error: "CardDeclinedError"

    - name: "timeout_recovery"
      description: "The charge times out once"
      timeout_step: "payment_processing"
      retry_expected: true
`;

/** `task_config`, backoffs as maps, environments with steps as a map, events as flags. */
export const PAYMENT_PROCESSING_TASK = `
name: payment_processing_workflow
version: "1.0.0"
description: "Take a payment, tell of it and log it"
namespace: payment_processing

task_config:
  timeout_seconds: 300
  retry_limit: 3
  retryable: true
  priority: high
  tags:
    - payment
    - customer_workflow
    - financial

step_templates:
  - name: payment_processing
    description: "Charge the customer"
    handler_class: PaymentProcessingStepHandler
    depends_on_steps: []
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 30
    retry_backoff:
      initial_delay: 5
      max_delay: 300
      multiplier: 2.0
      jitter: true
    handler_config:
      max_amount: 10000
      supported_currencies: ["USD", "EUR", "GBP"]
      supported_payment_methods: ["credit_card", "debit_card", "paypal"]
      processor: "example_payment_gateway"
      validation_rules:
        - amount_positive: true
        - currency_supported: true
        - payment_method_valid: true

  - name: payment_notification
    description: "Tell the customer"
    handler_class: NotificationStepHandler
    depends_on_steps: ["payment_processing"]
    default_retryable: true
    default_retry_limit: 5
    timeout_seconds: 15
    retry_backoff:
      initial_delay: 10
      max_delay: 600
      multiplier: 1.5
      jitter: true
    handler_config:
      supported_types: ["email", "sms", "push"]
      default_template: "payment_confirmation"
      retry_on_failure: true
      providers:
        email: "example_email_service"
        sms: "example_sms_service"
        push: "example_push_service"

  - name: audit_log
    description: "Log the payment"
    handler_class: AuditLogStepHandler
    depends_on_steps: ["payment_processing"]
    default_retryable: true
    default_retry_limit: 10
    timeout_seconds: 10
    retry_backoff:
      initial_delay: 1
      max_delay: 60
      multiplier: 1.2
      jitter: false
    handler_config:
      log_level: "info"
      include_sensitive_data: false
      retention_days: 2555 # 7 years
      compliance_standard: "PCI_DSS"

workflow_config:
  execution_mode: "parallel" # or "sequential"
  failure_strategy: "stop_on_first_failure" # or "continue_on_failure"
  max_concurrent_steps: 3
  step_timeout_buffer: 5 # seconds

environments:
  development:
    task_config:
      timeout_seconds: 60
      retry_limit: 1
    step_templates:
      payment_processing:
        handler_config:
          max_amount: 100

  staging:
    task_config:
      timeout_seconds: 180
      retry_limit: 2
    step_templates:
      payment_processing:
        handler_config:
          max_amount: 1000

  production:
    task_config:
      timeout_seconds: 300
      retry_limit: 5
    step_templates:
      payment_processing:
        handler_config:
          max_amount: 50000

events:
  publish_step_started: true
  publish_step_completed: true
  publish_step_failed: true
  publish_step_retried: true
  publish_task_started: true
  publish_task_completed: true
  publish_task_failed: true

  custom_events:
    - name: payment_amount_exceeds_limit
      description: "A payment is larger than the limit"
      payload_schema:
        amount: "number"
        limit: "number"
        customer_id: "string"

    - name: notification_delivery_failed
      description: "The customer could not be told"
      payload_schema:
        recipient: "string"
        message_type: "string"
        error_message: "string"
        retry_count: "number"

    - name: audit_log_created
      description: "The payment is logged"
      payload_schema:
        transaction_id: "string"
        log_level: "string"
        compliance_standard: "string"

monitoring:
  metrics:
    - name: payment_processing_duration
      type: histogram
      description: "How long a charge takes"
      buckets: [0.1, 0.5, 1.0, 5.0, 10.0, 30.0]

    - name: payment_success_rate
      type: gauge
      description: "Share of payments that succeed"

    - name: notification_delivery_rate
      type: gauge
      description: "Share of notifications that arrive"

  alerts:
    - name: high_payment_failure_rate
      condition: "payment_success_rate < 0.95"
      severity: "warning"
      description: "More than 5% of payments fail"

    - name: payment_processing_timeout
      condition: "payment_processing_duration > 25"
      severity: "critical"
      description: "Charges take longer than 25 seconds"

    - name: notification_delivery_failure
      condition: "notification_delivery_rate < 0.90"
      severity: "warning"
      description: "More than 10% of notifications are lost"
`;

/** `::` classes, a backoff as a word, environments with steps as a list, events with JSON Schemas. */
export const CREDIT_CARD_PAYMENT = `
name: payment_processing/credit_card_payment
module_namespace: PaymentProcessing
task_handler_class: CreditCardPaymentHandler
namespace_name: payments
version: "1.0.0"
description: "Take a payment by credit card, checked for fraud"
default_dependent_system: payment_gateway

schema:
  type: object
  required:
    - order_id
    - payment_info
    - customer_id
  properties:
    order_id:
      type: integer
      minimum: 1
    payment_info:
      type: object
      required: ['amount', 'currency', 'card_token']
      properties:
        amount:
          type: number
          minimum: 0.01
        currency:
          type: string
          enum: ['USD', 'EUR', 'GBP']
        card_token:
          type: string
          minLength: 10
    customer_id:
      type: integer
      minimum: 1

named_steps:
  - validate_payment
  - check_fraud
  - authorize_payment
  - capture_payment
  - send_confirmation

step_templates:
  - name: validate_payment
    description: "Check what was given, and the card"
    handler_class: PaymentProcessing::StepHandler::ValidatePaymentHandler
    handler_config:
      validation_rules:
        - check_card_expiry
        - validate_cvv
        - check_amount_limits
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 30

  - name: check_fraud
    description: "Ask for the risk"
    depends_on_step: validate_payment
    handler_class: PaymentProcessing::StepHandler::FraudCheckHandler
    handler_config:
      risk_threshold: 0.8
      timeout_ms: 5000
    default_retryable: true
    default_retry_limit: 2
    timeout_seconds: 60

  - name: authorize_payment
    description: "Have the gateway authorize it"
    depends_on_steps:
      - validate_payment
      - check_fraud
    handler_class: PaymentProcessing::StepHandler::AuthorizePaymentHandler
    handler_config:
      timeout_ms: 30000
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 120
    retry_backoff: "exponential"

  - name: capture_payment
    description: "Capture what is authorized"
    depends_on_step: authorize_payment
    handler_class: PaymentProcessing::StepHandler::CapturePaymentHandler
    handler_config:
      auto_capture: true
    default_retryable: true
    default_retry_limit: 5
    timeout_seconds: 120

  - name: send_confirmation
    description: "Tell the customer"
    depends_on_step: capture_payment
    handler_class: PaymentProcessing::StepHandler::SendConfirmationHandler
    handler_config:
      template_id: "payment_confirmation"
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 30

environments:
  development:
    step_templates:
      - name: check_fraud
        handler_config:
          risk_threshold: 0.5
          debug_mode: true
      - name: authorize_payment
        handler_config:
          debug_mode: true
      - name: send_confirmation
        handler_config:
          debug_mode: true

  staging:
    step_templates:
      - name: check_fraud
        handler_config:
          risk_threshold: 0.7

  production:
    step_templates:
      - name: check_fraud
        handler_config:
          risk_threshold: 0.8

custom_events:
  - name: payment_authorized
    description: "The gateway has authorized the payment"
    schema:
      type: object
      properties:
        order_id:
          type: integer
        authorization_id:
          type: string
        amount:
          type: number

  - name: payment_captured
    description: "The payment is captured"
    schema:
      type: object
      properties:
        order_id:
          type: integer
        transaction_id:
          type: string
        amount:
          type: number

  - name: fraud_detected
    description: "The payment smells of fraud"
    schema:
      type: object
      properties:
        order_id:
          type: integer
        risk_score:
          type: number
        reasons:
          type: array
          items:
            type: string
`;

/** Slash names, `::` classes, and environments that differ in URLs and parameters. */
export const INTEGRATION_YAML_EXAMPLE = `---
name: api_task/integration_yaml_example
module_namespace: ApiTask
task_handler_class: IntegrationYamlExample

default_dependent_system: ecommerce_system

named_steps:
  - fetch_cart
  - fetch_products
  - validate_products
  - create_order
  - publish_event

schema:
  type: object
  required:
    - cart_id
  properties:
    cart_id:
      type: integer

step_templates:
  - name: fetch_cart
    description: Fetch cart details from e-commerce system
    handler_class: ApiTask::StepHandler::CartFetchStepHandler
    handler_config:
      type: api
      url: https://api.ecommerce.com/cart
      params:
        cart_id: 1

  - name: fetch_products
    description: Fetch product details from product catalog
    handler_class: ApiTask::StepHandler::ProductsFetchStepHandler
    handler_config:
      type: api
      url: https://api.ecommerce.com/products

  - name: validate_products
    description: Validate product availability
    depends_on_steps:
      - fetch_products
      - fetch_cart
    handler_class: ApiTask::StepHandler::ProductsValidateStepHandler

  - name: create_order
    description: Create order from validated cart
    depends_on_step: validate_products
    handler_class: ApiTask::StepHandler::CreateOrderStepHandler

  - name: publish_event
    description: Publish order created event
    depends_on_step: create_order
    handler_class: ApiTask::StepHandler::PublishEventStepHandler

environments:
  development:
    step_templates:
      - name: fetch_cart
        handler_config:
          url: http://localhost:3000/api/cart
          params:
            cart_id: 1
            debug: true

      - name: fetch_products
        handler_config:
          url: http://localhost:3000/api/products
          params:
            debug: true

  test:
    step_templates:
      - name: fetch_cart
        handler_config:
          url: http://test-api.ecommerce.com/cart
          params:
            cart_id: 1
            test_mode: true

      - name: fetch_products
        handler_config:
          url: http://test-api.ecommerce.com/products
          params:
            test_mode: true

  production:
    step_templates:
      - name: fetch_cart
        handler_config:
          url: https://api.ecommerce.com/cart
          params:
            cart_id: 1
            api_key: \${ECOMMERCE_API_KEY}

      - name: fetch_products
        handler_config:
          url: https://api.ecommerce.com/products
          params:
            api_key: \${ECOMMERCE_API_KEY}
`;
