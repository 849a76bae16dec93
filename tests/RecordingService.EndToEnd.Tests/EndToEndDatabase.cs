using RecordingService.EndToEnd.Tests;
using RecordingService.LocalStack.Processes;
using RecordingService.Testing;

[assembly: AssemblyFixture(typeof(EndToEndDatabase))]

namespace RecordingService.EndToEnd.Tests;

/// <summary>One PostgreSQL for the suite; its template is migrated by the program itself.</summary>
public sealed class EndToEndDatabase()
    : PostgresFixture(connection => ApiProcess.MigrateAsync(new ApiConfiguration { ConnectionString = connection }));
