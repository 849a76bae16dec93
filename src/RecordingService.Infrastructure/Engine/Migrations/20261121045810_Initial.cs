using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace RecordingService.Infrastructure.Engine.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "recording");

            migrationBuilder.CreateSequence(
                name: "lease_token",
                schema: "recording");

            migrationBuilder.CreateTable(
                name: "idempotency",
                schema: "recording",
                columns: table => new
                {
                    caller = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    fingerprint = table.Column<byte[]>(type: "bytea", nullable: false),
                    recording_id = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_idempotency", x => new { x.caller, x.key });
                });

            migrationBuilder.CreateTable(
                name: "inputs",
                schema: "recording",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    recording_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    body = table.Column<string>(type: "jsonb", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_inputs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "log",
                schema: "recording",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    recording_id = table.Column<Guid>(type: "uuid", nullable: false),
                    generation = table.Column<int>(type: "integer", nullable: true),
                    kind = table.Column<string>(type: "text", nullable: false),
                    message = table.Column<string>(type: "text", nullable: false),
                    detail = table.Column<string>(type: "jsonb", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_log", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "projects",
                schema: "recording",
                columns: table => new
                {
                    id = table.Column<short>(type: "smallint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false),
                    tokens = table.Column<double>(type: "double precision", nullable: false),
                    refilled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_projects", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "recordings",
                schema: "recording",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    project_id = table.Column<short>(type: "smallint", nullable: false),
                    project = table.Column<string>(type: "text", nullable: false),
                    channel = table.Column<string>(type: "text", nullable: false),
                    label = table.Column<string>(type: "text", nullable: false),
                    room_type = table.Column<string>(type: "text", nullable: false),
                    room_type_version = table.Column<int>(type: "integer", nullable: false),
                    policy = table.Column<string>(type: "jsonb", nullable: false),
                    storage_profile = table.Column<string>(type: "text", nullable: false),
                    external_id = table.Column<string>(type: "text", nullable: true),
                    metadata = table.Column<string>(type: "jsonb", nullable: true),
                    accepted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    max_duration = table.Column<TimeSpan>(type: "interval", nullable: false),
                    longest_break = table.Column<TimeSpan>(type: "interval", nullable: true),
                    stop_requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false),
                    files_state = table.Column<string>(type: "text", nullable: false),
                    confirmed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    stop_ordered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    next_check_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    document = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recordings", x => x.id);
                    table.CheckConstraint("recordings_state", "state IN ('Accepted', 'Starting', 'Recording', 'Recovering', 'Stopping', 'Uploading', 'Completed', 'Failed', 'Aborted')");
                });

            migrationBuilder.CreateTable(
                name: "room_types",
                schema: "recording",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    description = table.Column<string>(type: "text", nullable: false),
                    policy = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_room_types", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "runs",
                schema: "recording",
                columns: table => new
                {
                    recording_id = table.Column<Guid>(type: "uuid", nullable: false),
                    generation = table.Column<int>(type: "integer", nullable: false),
                    project = table.Column<string>(type: "text", nullable: false),
                    channel = table.Column<string>(type: "text", nullable: false),
                    recorder_uid = table.Column<long>(type: "bigint", nullable: true),
                    resource_id = table.Column<string>(type: "text", nullable: true),
                    sid = table.Column<string>(type: "text", nullable: true),
                    phase = table.Column<string>(type: "text", nullable: false),
                    document = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_runs", x => new { x.recording_id, x.generation });
                    table.ForeignKey(
                        name: "FK_runs_recordings_recording_id",
                        column: x => x.recording_id,
                        principalSchema: "recording",
                        principalTable: "recordings",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "schedule",
                schema: "recording",
                columns: table => new
                {
                    recording_id = table.Column<Guid>(type: "uuid", nullable: false),
                    project_id = table.Column<short>(type: "smallint", nullable: false),
                    priority = table.Column<short>(type: "smallint", nullable: false),
                    cost = table.Column<short>(type: "smallint", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    lease_owner = table.Column<int>(type: "integer", nullable: true),
                    lease_token = table.Column<long>(type: "bigint", nullable: false),
                    settle_id = table.Column<Guid>(type: "uuid", nullable: true),
                    signal_seq = table.Column<long>(type: "bigint", nullable: false),
                    attempt = table.Column<short>(type: "smallint", nullable: false),
                    state_version = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_schedule", x => x.recording_id);
                    table.ForeignKey(
                        name: "FK_schedule_recordings_recording_id",
                        column: x => x.recording_id,
                        principalSchema: "recording",
                        principalTable: "recordings",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                })
                .Annotation("Npgsql:StorageParameter:autovacuum_vacuum_scale_factor", 0.02)
                .Annotation("Npgsql:StorageParameter:fillfactor", 70);

            migrationBuilder.CreateTable(
                name: "run_files",
                schema: "recording",
                columns: table => new
                {
                    recording_id = table.Column<Guid>(type: "uuid", nullable: false),
                    generation = table.Column<int>(type: "integer", nullable: false),
                    files = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_files", x => new { x.recording_id, x.generation });
                    table.ForeignKey(
                        name: "FK_run_files_runs_recording_id_generation",
                        columns: x => new { x.recording_id, x.generation },
                        principalSchema: "recording",
                        principalTable: "runs",
                        principalColumns: new[] { "recording_id", "generation" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_idempotency_created_at",
                schema: "recording",
                table: "idempotency",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_inputs_recording_id",
                schema: "recording",
                table: "inputs",
                column: "recording_id");

            migrationBuilder.CreateIndex(
                name: "IX_log_recording_id_id",
                schema: "recording",
                table: "log",
                columns: new[] { "recording_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_projects_name",
                schema: "recording",
                table: "projects",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_recordings_accepted_at_id",
                schema: "recording",
                table: "recordings",
                columns: new[] { "accepted_at", "id" },
                descending: new bool[0]);

            migrationBuilder.CreateIndex(
                name: "IX_recordings_channel_accepted_at",
                schema: "recording",
                table: "recordings",
                columns: new[] { "channel", "accepted_at" });

            migrationBuilder.CreateIndex(
                name: "IX_recordings_external_id",
                schema: "recording",
                table: "recordings",
                column: "external_id",
                filter: "external_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "recordings_one_live",
                schema: "recording",
                table: "recordings",
                columns: new[] { "project", "channel", "label" },
                unique: true,
                filter: "ended_at IS NULL AND stop_requested_at IS NULL AND stop_ordered_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_runs_sid",
                schema: "recording",
                table: "runs",
                column: "sid");

            migrationBuilder.CreateIndex(
                name: "runs_one_uid",
                schema: "recording",
                table: "runs",
                columns: new[] { "project", "channel", "recorder_uid" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "schedule_due",
                schema: "recording",
                table: "schedule",
                columns: new[] { "project_id", "priority", "due_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "idempotency",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "inputs",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "log",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "projects",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "room_types",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "run_files",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "schedule",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "runs",
                schema: "recording");

            migrationBuilder.DropTable(
                name: "recordings",
                schema: "recording");

            migrationBuilder.DropSequence(
                name: "lease_token",
                schema: "recording");
        }
    }
}
