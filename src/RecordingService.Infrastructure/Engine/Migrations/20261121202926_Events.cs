using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace RecordingService.Infrastructure.Engine.Migrations
{
    /// <inheritdoc />
    public partial class Events : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateSequence(
                name: "event_position",
                schema: "recording");

            migrationBuilder.AddColumn<string>(
                name: "announced_files",
                schema: "recording",
                table: "recordings",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "announced_reason",
                schema: "recording",
                table: "recordings",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "announced_state",
                schema: "recording",
                table: "recordings",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "event_seq",
                schema: "recording",
                table: "recordings",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "events",
                schema: "recording",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    position = table.Column<long>(type: "bigint", nullable: true),
                    event_id = table.Column<Guid>(type: "uuid", nullable: false),
                    recording_id = table.Column<Guid>(type: "uuid", nullable: true),
                    project_id = table.Column<short>(type: "smallint", nullable: false),
                    sequence = table.Column<int>(type: "integer", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    data = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_events", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "events_position",
                schema: "recording",
                table: "events",
                column: "position",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "events_sequence",
                schema: "recording",
                table: "events",
                columns: new[] { "recording_id", "sequence" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "events_unstamped",
                schema: "recording",
                table: "events",
                column: "id",
                filter: "position IS NULL");

            // Recordings with work left count as announced as they are: the upgrade itself is no news, and what older replicas still change beside
            // newer ones is told by a newer one (Reconciliation). Others count as announced without it (Announcements.With).
            migrationBuilder.Sql(
                """
                update recording.recordings r
                   set announced_state = state, announced_files = files_state, announced_reason = document -> 'reason' ->> 'code'
                 where exists (select 1 from recording.schedule s where s.recording_id = r.id)
                """);

            // What older replicas accept from now on was announced as accepted, as it were: they do not write these columns. In a step of its own,
            // because a default that comes with the column would be given to all that was finished long ago, too.
            migrationBuilder.Sql(
                """
                alter table recording.recordings
                  alter column announced_state set default 'Accepted', alter column announced_files set default 'Pending'
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "events",
                schema: "recording");

            migrationBuilder.DropColumn(
                name: "announced_files",
                schema: "recording",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "announced_reason",
                schema: "recording",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "announced_state",
                schema: "recording",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "event_seq",
                schema: "recording",
                table: "recordings");

            migrationBuilder.DropSequence(
                name: "event_position",
                schema: "recording");
        }
    }
}
