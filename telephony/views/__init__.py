"""The pages of the telephony app. Views ask a selector or a service and render; rules live below."""
