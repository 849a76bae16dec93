namespace RecordingService.Infrastructure.Engine;

/// <summary>What an API key lets its caller do. No scope implies another.</summary>
public enum Scope
{
    /// <summary>Start, change and stop recordings.</summary>
    Record,

    /// <summary>Read recordings, their files, events and what is configured.</summary>
    Read,

    /// <summary>Act on recordings and projects as an operator, and manage webhooks.</summary>
    Operate,

    /// <summary>Change what all projects share: room types and API keys; read the audit.</summary>
    Admin,
}
