"""From a recorded electrocardiogram to beats that a network classifies. No medical device."""
